import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, readlink } from "node:fs/promises";
import { relative, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { mapLimit } from "../base/map-limit";
import { type ContextEntry, contextEntries, contextUnreadable } from "./context-entries";
import { type IgnoreRules, readIgnoreRules } from "./ignore-file";

/**
 * What an image is made from, as hashes (hex SHA-256) that are the same on every machine: they know names, contents and
 * what is executable, and neither times, owners, empty folders nor `.git`.
 */
export interface Fingerprint {
  /** Of all: what is in the image differs where this does. */
  readonly content: string;
  /** Of all but the project's code: what must be installed anew differs where this does. */
  readonly dependencies: string;
  /** What it is made from, by name: each file's path, `the build arguments`, `the base …`. */
  readonly parts: ReadonlyMap<string, Part>;
}

export interface Part {
  readonly hash: string;
  /** `code`: a file of the project's code; `file`: any other file; `setting`: whatever is no file. */
  readonly kind: "code" | "file" | "setting";
}

export interface FingerprintInputs {
  /** The build context, absolute. */
  readonly context: string;
  /** Absolute; may lie outside of the context. */
  readonly dockerfile: string;
  /** Folders of the context that hold code, relative to it. */
  readonly code: readonly string[];
  /** What else it depends on, by a name for people: build arguments, target, platform. */
  readonly settings: ReadonlyMap<string, string>;
  /** What it stands on. */
  readonly bases: readonly FingerprintBase[];
}

export interface FingerprintBase {
  /** For people: `the parent`, `the base python:3.12`. */
  readonly name: string;
  readonly content: string;
  readonly dependencies: string;
}

/** How many files are read at once. */
const atOnce = 32;
const smallSize = 1 << 20;

/**
 * Reads what must be installed anew where it changes: as `fingerprint`, but for the project's code, which is not looked at.
 * @returns `dependencies` of what that would give.
 */
export async function dependenciesOf(inputs: FingerprintInputs, signal?: AbortSignal): Promise<string> {
  const rules = await readIgnoreRules(inputs.context, inputs.dockerfile);
  const isCode = (path: string) => inputs.code.some((folder) => isIn(path, folder));
  const withoutCode = {
    text: rules.text,
    ignores: (path: string) => isCode(path) || rules.ignores(path),
    mayLetIn: (folder: string) => !isCode(folder) && rules.mayLetIn(folder),
  };
  return (await read(inputs, withoutCode, signal)).dependencies;
}

/**
 * Reads what an image is made from: the context as `.dockerignore` leaves it, its Dockerfile, and what it is told of the rest.
 * @throws AirlockError `context-unreadable`, `bad-dockerignore`, `cancelled`.
 */
export async function fingerprint(inputs: FingerprintInputs, signal?: AbortSignal): Promise<Fingerprint> {
  return read(inputs, await readIgnoreRules(inputs.context, inputs.dockerfile), signal);
}

async function read(
  inputs: FingerprintInputs,
  rules: IgnoreRules,
  signal: AbortSignal | undefined,
): Promise<Fingerprint> {
  const parts = new Map<string, Part>();
  for (const [name, value] of inputs.settings) parts.set(name, { hash: hashOf(value), kind: "setting" });
  for (const base of inputs.bases) parts.set(base.name, { hash: hashOf(base.dependencies), kind: "setting" });

  const files: ContextEntry[] = [];
  for await (const entry of contextEntries(inputs.context, rules, signal)) {
    if (!entry.stats.isDirectory() && !isIn(entry.path, ".git")) files.push(entry);
  }
  const hashes = await mapLimit(files, atOnce, signal, hashEntry);
  for (const [index, { path }] of files.entries()) {
    const hash = hashes[index];
    const code = inputs.code.some((folder) => isIn(path, folder));
    if (hash !== undefined) parts.set(path, { hash, kind: code ? "code" : "file" });
  }
  const dockerfile = relative(inputs.context, inputs.dockerfile).split(sep).join("/");
  // It counts even where it is ignored or lies elsewhere.
  if (!parts.has(dockerfile)) {
    const text = await readFile(inputs.dockerfile).catch((error) => {
      throw contextUnreadable(inputs.dockerfile, error);
    });
    parts.set(dockerfile, { hash: hashOf(text), kind: "file" });
  }
  const [content, dependencies] = [createHash("sha256"), createHash("sha256")];
  for (const [name, part] of parts) {
    add(content, name, part);
    if (part.kind !== "code") add(dependencies, name, part);
  }
  for (const base of inputs.bases) content.update(`${base.content}\n`);
  return { content: content.digest("hex"), dependencies: dependencies.digest("hex"), parts };
}

function add(hash: Hash, name: string, part: Part): void {
  hash.update(`${name}\0${part.hash}\n`);
}

/** @returns undefined for what has vanished meanwhile. */
async function hashEntry({ absolute, stats }: ContextEntry): Promise<string | undefined> {
  try {
    if (stats.isSymbolicLink()) return hashOf(`link\0${await readlink(absolute)}`);
    // Of the mode only what git keeps of it: the rest differs with each user's umask.
    const hash = createHash("sha256").update(stats.mode & 0o100 ? "program\0" : "file\0");
    if (stats.size <= smallSize) hash.update(await readFile(absolute));
    else await pipeline(createReadStream(absolute), hash);
    return hash.digest("hex");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw contextUnreadable(absolute, error as NodeJS.ErrnoException);
  }
}

function hashOf(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
