import { join } from "node:path";
import type { Entry, FileKind, Files } from "../base/files";
import { type DockerfileFacts, parseDockerfile } from "./dockerfile";
import type { Problem, Requirement } from "./model";
import { parsePackages } from "./packages";
import { readKnownFile } from "./problems";
import { readRequirements } from "./requirements-file";

/** What a folder with a Dockerfile holds: the parent's and each child's are alike. */
export interface ImageFolder {
  readonly dockerfile: string;
  readonly facts: DockerfileFacts;
  readonly requirements: readonly Requirement[];
  readonly packages: readonly string[];
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

/** Reads Dockerfile, requirements.txt and packages.txt of a folder; undefined where it has no Dockerfile. Never throws. */
export async function readImageFolder(
  files: Files,
  folder: string,
  entries: readonly Entry[],
): Promise<ImageFolder | undefined> {
  const kinds = new Map<string, FileKind>(entries.map((entry) => [entry.name, entry.kind]));
  const kind = kinds.get("Dockerfile");
  if (kind === undefined) return undefined;
  const dockerfile = join(folder, "Dockerfile");
  const requirementsKind = kinds.get("requirements.txt");
  const [docker, requirements, packages] = await Promise.all([
    readKnownFile(files, dockerfile, kind).then((read) =>
      "text" in read
        ? parseDockerfile(read.text, dockerfile)
        : { from: undefined, args: new Map(), pyenvs: [], problems: [read.problem] },
    ),
    requirementsKind && readRequirements(files, join(folder, "requirements.txt"), { kind: requirementsKind }),
    readPackages(files, folder, kinds.get("packages.txt")),
  ]);
  return {
    dockerfile,
    facts: docker,
    requirements: requirements?.requirements ?? [],
    packages: packages?.packages ?? [],
    files: [dockerfile, ...(requirements?.files ?? []), ...(packages ? [join(folder, "packages.txt")] : [])],
    problems: [...docker.problems, ...(requirements?.problems ?? []), ...(packages?.problems ?? [])],
  };
}

async function readPackages(files: Files, folder: string, kind: FileKind | undefined) {
  if (kind === undefined) return undefined;
  const file = join(folder, "packages.txt");
  const read = await readKnownFile(files, file, kind);
  return "text" in read ? parsePackages(read.text, file) : { packages: [], problems: [read.problem] };
}
