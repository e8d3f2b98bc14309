import { AirlockError, type ErrorDetails, formatPlace, type Place } from "../base/errors";
import type { DockerfileLines } from "./dockerfile-lines";
import { reasonOf } from "./errors";
import { type InstallFailure, installFailure } from "./install-errors";
import { installPlaces } from "./install-place";
import type { Progress } from "./progress";

/** What is known about a failed build. */
export interface BuildFailure {
  readonly name: string;
  readonly dockerfile: string;
  readonly lines: DockerfileLines;
  readonly progress: Progress;
  /** Files that name what is installed: requirements, system packages. */
  readonly installs: readonly string[];
  /** What the engine said, as it said it. */
  readonly cause: unknown;
}

/**
 * A failed build as it is told: what failed, its line (in the requirements where that is known, else in the Dockerfile),
 * the end of its output, the next step.
 */
export async function buildFailed(failure: BuildFailure): Promise<AirlockError> {
  const { name, dockerfile, lines, progress, cause } = failure;
  const reason = reasonOf(cause).replace(wrapping, "");
  const syntax = /parse error (?:on )?line (\d+)/i.exec(reason)?.[1];
  const { step } = progress;
  const line = syntax ? Number(syntax) : step && stepLine(step, lines);
  const place: Place = { file: dockerfile, ...(line !== undefined && { line }) };
  const text = step?.text ?? "";
  const detail = [
    ...progress.tail.filter((said) => said.trim() !== reason),
    ...sayWhy(reason, progress),
  ].join("\n");
  const install = exitCode.test(reason) ? installFailure(progress.tail) : undefined;
  if (install) return installFailed(failure, install, place, detail);
  const known = syntax ? syntaxError(reason) : (kinds.find((kind) => kind.test(reason, text)) ?? otherKind);
  return new AirlockError({
    kind: "build",
    code: known.code,
    message: `The image of ${name} was not built: ${known.message(text, reason)}`,
    place,
    ...(detail !== "" && { detail }),
    next: known.next,
    cause,
  });
}

async function installFailed(
  { name, progress, installs, cause }: BuildFailure,
  install: InstallFailure,
  step: Place,
  detail: string,
): Promise<AirlockError> {
  const [place = step, ...others] = await installPlaces(install, installs);
  const steps = place === step ? [] : [`${formatPlace(step)}: ${short(progress.step?.text ?? "")}`];
  const { code, message, next } = install;
  return new AirlockError({
    kind: "build",
    code,
    message: `The image of ${name} was not built: ${message}`,
    place,
    detail: [detail, ...[...others.map(formatPlace), ...steps].map((line) => `at ${line}`)].join("\n"),
    next,
    cause,
  });
}

function stepLine(step: NonNullable<Progress["step"]>, lines: DockerfileLines): number | undefined {
  return step.number === undefined ? lines.ofInstruction(step.text) : lines.ofStep(step.number);
}

/** The engine's own words, where they say more than the exit code that the message tells. */
function sayWhy(reason: string, progress: Progress): string[] {
  return progress.tail.length > 0 && exitCode.test(reason) ? [] : [reason];
}

/** BuildKit's own layers around what went wrong, and Podman's. */
const wrapping =
  /^(?:rpc error: code = \w+ desc = |failed to solve(?: with frontend [\w.]+)?: |failed to create LLB definition: |building at STEP ".*?": |Build error: )+|(?<=unknown instruction: \S+) &imagebuilder\..*$/gis;

/** Docker's two ways to say it, and Podman's. */
const exitCode = /(?:non-zero code|exit code|while running runtime: exit status):? (\d+)/;

interface Kind extends Pick<ErrorDetails, "code"> {
  test(reason: string, step: string): boolean;
  message(step: string, reason: string): string;
  readonly next: string;
}

function syntaxError(reason: string): Omit<Kind, "test"> {
  const what = reason.replace(/^.*parse error (?:on )?line \d+:\s*/i, "");
  return {
    code: "dockerfile-syntax",
    message: () => `its Dockerfile has a mistake: ${what}`,
    next: "Correct the line",
  };
}

// What 20.10's classic builder, its BuildKit, that of 26 and Podman 4.3 say: measured.
const kinds: readonly Kind[] = [
  {
    code: "base-blank",
    test: (reason) =>
      /should not be blank|empty string not allowed|base name .* blank|determining starting point for build/i.test(
        reason,
      ),
    message: (step) => `${step || "FROM"} names no image`,
    next: "Give the build argument a value: a default at its ARG line, or build.args in airlock.yaml",
  },
  {
    code: "base-bad-name",
    test: (reason) => /invalid reference format|invalid image name/i.test(reason),
    message: (step) => `${step || "FROM"} names no image: names are registry/repository:tag, in lower case`,
    next: "Correct the name, or the build argument that it comes from",
  },
  {
    code: "dockerfile-missing",
    test: (reason) => /Cannot locate (?:specified )?Dockerfile|failed to read dockerfile/i.test(reason),
    message: () => "its Dockerfile is not there",
    next: "Write the Dockerfile",
  },
  {
    code: "dockerfile-syntax",
    test: (reason) =>
      /unknown instruction|dockerfile parse error|requires (?:at least|exactly) |no build stage in current context|file with no instructions|the Dockerfile .*cannot be empty|no FROM statement found|no contents in /i.test(
        reason,
      ),
    message: (_, reason) => `its Dockerfile has a mistake: ${reason}`,
    next: "Correct the Dockerfile",
  },
  {
    code: "disk-full",
    test: (reason) => /no space left on device/i.test(reason),
    message: () => "the engine's disk is full",
    next: "Remove what is not used any more: docker system prune",
  },
  {
    code: "step-failed",
    test: (reason) => exitCode.test(reason),
    message: (step, reason) => `"${short(step)}" ended with exit code ${exitCode.exec(reason)?.[1]}`,
    next: "The lines above are the end of its output; correct the Dockerfile or what it installs",
  },
  {
    code: "base-not-found",
    test: (reason, step) =>
      /^FROM\b/i.test(step) ||
      /pull access denied|manifest (?:for .* not found|unknown)|repository does not exist|failed to resolve source metadata|load metadata for/i.test(
        reason,
      ),
    message: (step) =>
      `its base image (${short(step) || "FROM"}) is not on the engine and could not be fetched`,
    next: "Build or pull that image first, or name another base; for a private one: docker login",
  },
  {
    code: "copy-failed",
    test: (_, step) => /^(?:COPY|ADD)\b/i.test(step),
    message: (step) => `"${short(step)}" failed`,
    next: "Is the file in the build context, and does .dockerignore let it through?",
  },
];

const otherKind: Omit<Kind, "test"> = {
  code: "build-failed",
  message: (step, reason) => (step === "" ? (reason.split("\n")[0] ?? reason) : `"${short(step)}" failed`),
  next: "See the lines above for what the engine said",
};

function short(step: string): string {
  return step.length > 80 ? `${step.slice(0, 79)}…` : step;
}

/** The stream ended well and told no image: an engine that stopped, or a proxy in between. */
export function buildWithoutImage(name: string): AirlockError {
  return new AirlockError({
    kind: "build",
    code: "build-without-image",
    message: `The engine ended the build of ${name} without an image`,
    next: "Is the engine still running? Build again",
  });
}
