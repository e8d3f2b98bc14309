/** One requirement without its place. */
export interface RequirementText {
  readonly name: string;
  readonly specifier: string;
  readonly extras: readonly string[];
  readonly marker: string;
}

type Parsed = RequirementText | { readonly wrong: string };

/**
 * Parses one requirement (PEP 508), URL, path or archive; hashes after it are left out.
 * Messages quote the name and never a URL, which may hold a token.
 * https://packaging.python.org/en/latest/specifications/dependency-specifiers/
 */
export function parseRequirement(line: string): Parsed {
  const option = /\s--[a-z]/.exec(line);
  const text = option ? line.slice(0, option.index).trimEnd() : line;
  if (option) {
    const name = /^--[a-z-]+/.exec(line.slice(option.index + 1))?.[0] ?? "";
    if (!perRequirement.has(name)) return { wrong: `${name} cannot stand after a requirement` };
  }
  if (isLocation(text)) return parseLocation(text);
  return parseNamed(text);
}

const perRequirement = new Set([
  "--hash",
  "--global-option",
  "--install-option",
  "--config-settings",
  "--config-setting",
]);

/** PEP 503: runs of `-_.` are one `-`, all in lower case. */
export function normaliseName(name: string): string {
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}

function isLocation(text: string): boolean {
  const first = /^[^\s;[]*/.exec(text)?.[0] ?? "";
  return (
    /^[A-Za-z][A-Za-z0-9+.-]+:/.test(first) || /^[./~]|[/\\]|\.(whl|zip|tar\.gz|tgz|tar\.bz2)$/i.test(first)
  );
}

function parseLocation(text: string): Parsed {
  const [, location = "", rest = ""] = /^(\S+?)((?:\s+|;\s).*)?$/.exec(text) ?? [];
  const marker = parseMarker(rest, location);
  if ("wrong" in marker) return { wrong: `After a URL or a path only a marker (; …) can follow` };
  return { name: withoutSecret(location), specifier: "", extras: [], marker: marker.marker };
}

/**
 * A URL without what may be a secret in it: user name and password, the query, and of a plain web address the folders,
 * where some indexes have their token.
 */
function withoutSecret(url: string): string {
  return (
    url
      // `git+ssh://git@host` names no secret, and is how such a URL is written.
      .replace(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/)(?!git@)[^/@\s]*@/, "$1***@")
      .replace(/\?[^#]*/, "")
      .replace(/^(https?:\/\/[^/]+)\/.+(?=\/[^/]+$)/, "$1/…")
  );
}

function parseNamed(text: string): Parsed {
  const name = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?/.exec(text)?.[0];
  if (name === undefined) return { wrong: "A package's name, a URL or a path is expected" };
  let rest = text.slice(name.length).trimStart();
  let extras: string[] = [];
  if (rest.startsWith("[")) {
    const end = rest.indexOf("]");
    if (end < 0) return { wrong: `The [ after "${name}" is not closed` };
    extras = rest
      .slice(1, end)
      .split(",")
      .map((extra) => extra.trim());
    if (extras.length === 1 && extras[0] === "") extras = [];
    if (!extras.every((extra) => /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(extra))) {
      return { wrong: `The extras of "${name}" are names with commas between them` };
    }
    rest = rest.slice(end + 1).trimStart();
  }
  if (rest.startsWith("@")) {
    const [, url = "", after = ""] = /^@\s*(\S*)(.*)$/.exec(rest) ?? [];
    if (url === "" || url.startsWith(";")) return { wrong: `A URL is expected after "${name} @"` };
    const marker = parseMarker(after, name);
    if ("wrong" in marker) return marker;
    return { name: normaliseName(name), specifier: `@ ${withoutSecret(url)}`, extras, marker: marker.marker };
  }
  const semicolon = rest.indexOf(";");
  const specifier = parseSpecifier(semicolon < 0 ? rest : rest.slice(0, semicolon), name);
  if (typeof specifier !== "string") return specifier;
  const marker = parseMarker(semicolon < 0 ? "" : rest.slice(semicolon), name);
  if ("wrong" in marker) return marker;
  return { name: normaliseName(name), specifier, extras, marker: marker.marker };
}

/** `>=2, <3` or `(>=2)`, given back as written without the spaces around it. */
function parseSpecifier(text: string, name: string): string | { readonly wrong: string } {
  const written = text.trim();
  const inner = written.startsWith("(") && written.endsWith(")") ? written.slice(1, -1).trim() : written;
  if (inner === "")
    return written === "" ? "" : { wrong: `A version is expected between the brackets after "${name}"` };
  for (const clause of inner.split(",")) {
    const wrong = clauseProblem(clause.trim(), name);
    if (wrong) return { wrong };
  }
  return inner;
}

function clauseProblem(clause: string, name: string): string | undefined {
  const [, operator = "", version = ""] = /^([=<>!~]*)\s*(.*)$/.exec(clause) ?? [];
  if (clause === "") return `A version is expected after the comma of "${name}"`;
  if (!["===", "~=", "==", "!=", "<=", ">=", "<", ">"].includes(operator)) {
    return operator === ""
      ? `Only a version such as ==1.2.3 can follow "${name}"`
      : `"${operator}" compares no versions${operator === "=" ? "; == is meant" : ""} (after "${name}")`;
  }
  if (version === "") return `A version is expected after "${name}${operator}"`;
  if (!/^[A-Za-z0-9][A-Za-z0-9_.+!*-]*$/.test(version))
    return `What follows "${name}${operator}" is no version`;
  return undefined;
}

/** What follows `;`: it must be there, with its quotes and brackets closed. Its words are pip's to judge. */
function parseMarker(text: string, name: string): { readonly marker: string } | { readonly wrong: string } {
  const trimmed = text.trim();
  if (trimmed === "") return { marker: "" };
  const marker = trimmed.slice(1).trim();
  if (!trimmed.startsWith(";")) return { wrong: `Only a marker (; …) can follow the URL of "${name}"` };
  if (marker === "") return { wrong: `A marker is expected after the ; of "${name}"` };
  const bare = marker.replace(/"[^"]*"|'[^']*'/g, "");
  if (/["']/.test(bare)) return { wrong: `A quote in the marker of "${name}" is not closed` };
  if (bare.split("(").length !== bare.split(")").length)
    return { wrong: `A bracket in the marker of "${name}" is not closed` };
  return { marker };
}
