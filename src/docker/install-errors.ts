/** Why an installation in a build failed, as pip, uv or apt told it. */
export interface InstallFailure {
  readonly code:
    | "requirement-not-found"
    | "requirement-conflict"
    | "requirement-invalid"
    | "requirement-not-built"
    | "package-not-found";
  /** What is wrong, to stand behind `The image of … was not built:`. */
  readonly message: string;
  /** What it is about, as their lines name it; the first tells the place. */
  readonly names: readonly string[];
  /** The line of a requirements file, where that was told. */
  readonly line?: { readonly file: string; readonly number: number };
  readonly next: string;
}

/**
 * Reads the end of a failed step's output.
 * @returns undefined where nothing of it is known.
 */
export function installFailure(output: readonly string[]): InstallFailure | undefined {
  // uv breaks its sentences where the terminal ends, and draws a frame around them.
  const sentence = output.map((line) => line.replace(/^[\s│╰─▶×├]+/, "").trim()).join(" ");
  for (const read of [aptMissing, invalid, conflict, notFound, uvNotFound, uvConflict, notBuilt]) {
    const failure = read(output.join("\n"), sentence);
    if (failure) return failure;
  }
  return undefined;
}

type Read = (lines: string, sentence: string) => InstallFailure | undefined;

/** apt's `E:` lines (apt-pkg/cacheset.cc); in one stream with its output they may stand behind a line that has not ended. */
const aptMissing: Read = (lines) => {
  const version = /\bE: Version '(.+?)' for '(.+?)' was not found/m.exec(lines);
  const name =
    version?.[2] ??
    /\bE: Unable to locate package (\S+)/m.exec(lines)?.[1] ??
    /\bE: Package '(.+?)' has no installation candidate/m.exec(lines)?.[1];
  if (name === undefined) return undefined;
  const what = version
    ? `no version ${version[1]} of the system package ${name}`
    : `no system package ${name}`;
  return {
    code: "package-not-found",
    message: `apt finds ${what}`,
    names: [name],
    next: "Correct the name or the version; apt-get update must come before it in the same step",
  };
};

/** pip's `_internal/req/constructors.py`; pip 26 shows the place in the text before it tells the line. */
const invalid: Read = (lines) => {
  const [, text, number, file] =
    /^ERROR: Invalid requirement: ['"]?(.+?)['"]?(?::[^\n]*)?(?:\n.*){0,4}? \(from line (\d+) of (.+?)\)/m.exec(
      lines,
    ) ?? [];
  if (text === undefined || file === undefined) return undefined;
  return {
    code: "requirement-invalid",
    message: `"${text}" is no requirement`,
    names: [text],
    line: { file, number: Number(number) },
    next: "Write it as name==version",
  };
};

/** pip's `resolution/resolvelib/factory.py: get_installation_error`. */
const conflict: Read = (lines) => {
  const [, list] =
    /^ERROR: Cannot install (.+?) because these package versions have conflicting dependencies/m.exec(
      lines,
    ) ?? [];
  if (list === undefined) return undefined;
  const [, file, number] = /-r (\S+) \(line (\d+)\)/.exec(list) ?? [];
  const names = list.split(/,? and |, /).map((name) => name.replace(/^-r \S+ \(line \d+\)$/, "").trim());
  return {
    code: "requirement-conflict",
    message: `pip cannot install ${list} together: what they depend on excludes each other`,
    names: names.filter((name) => name !== ""),
    ...(file !== undefined && { line: { file, number: Number(number) } }),
    next: "Loosen one of the versions; the lines above tell what each of them wants",
  };
};

/** pip's `resolution/resolvelib/factory.py: _report_single_requirement_conflict`. */
const notFound: Read = (lines) => {
  const [told = "", requirement] =
    /^ERROR: No matching distribution found for (.+?)(?: \(from .*)?$/m.exec(lines) ?? [];
  if (requirement === undefined) return undefined;
  const [, versions = "none"] = /\(from versions: (.+?)\)/.exec(lines) ?? [];
  const [, file, number] = /\(from -r (\S+) \(line (\d+)\)\)/.exec(told) ?? [];
  const known = versions === "none" ? "" : `; there is ${lastOf(versions.split(", "))}`;
  return {
    code: "requirement-not-found",
    message: `pip finds no distribution of ${requirement} that fits this Python${known}`,
    names: [requirement],
    ...(file !== undefined && { line: { file, number: Number(number) } }),
    next: "Correct the name or the version, or take a base with another Python",
  };
};

/** uv's `uv-resolver/src/pubgrub/report.rs`. */
const uvNotFound: Read = (_, sentence) => {
  const [, missing] =
    /Because (\S+) was not found in the (?:package registry|provided package locations)/.exec(sentence) ?? [];
  const [, version] =
    /Because there (?:is|are) no versions? of (\S+?),? and you require/.exec(sentence) ?? [];
  const requirement = missing ?? version;
  if (requirement === undefined) return undefined;
  return {
    code: "requirement-not-found",
    message: missing ? `uv finds no package ${missing}` : `uv finds no version of ${version}`,
    names: [requirement],
    next: "Correct the name or the version",
  };
};

const uvConflict: Read = (_, sentence) => {
  const [, said] =
    /No solution found when resolving dependencies:?\s+(?:cause: )?(Because .*?)(?:, we can conclude that your requirements are unsatisfiable|$)/.exec(
      sentence,
    ) ?? [];
  if (said === undefined) return undefined;
  const names = [...said.matchAll(/you require ([A-Za-z0-9][\w.-]*)/g)].map((found) => found[1] ?? "");
  return {
    code: "requirement-conflict",
    message: `uv finds no versions that fit together: ${said.replace(/\s+/g, " ")}`,
    names: [...new Set(names)],
    next: "Loosen one of the versions",
  };
};

/** pip's `wheel_builder.py` and `cli/cmdoptions`: a package whose own build failed. */
const notBuilt: Read = (lines) => {
  const name =
    /^\s*ERROR: Failed building wheel for (\S+)/m.exec(lines)?.[1] ??
    /Failed to build installable wheels for some pyproject\.toml based projects \(([^,)]+)/.exec(
      lines,
    )?.[1] ??
    /Failed to build [`']?([A-Za-z0-9][\w.-]*?)(?:==\S+?)?[`']?$/m.exec(lines)?.[1];
  if (name === undefined) return undefined;
  return {
    code: "requirement-not-built",
    message: `the package ${name} comes as source for this Python, and could not be built`,
    names: [name],
    next: "Take a version that has a wheel for this Python, or install what its build needs (packages.txt)",
  };
};

function lastOf(versions: readonly string[]): string {
  const shown = versions.slice(-3).join(", ");
  return versions.length > 3 ? `…, ${shown}` : shown;
}
