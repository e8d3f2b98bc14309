import { createHash } from "node:crypto";
import * as z from "zod";
import type { Fingerprint } from "./fingerprint";

/**
 * The label of the images that Airlock builds, JSON: what they were made from. One for all of it, since the classic builder
 * makes a step of each label.
 */
export const builtLabel = "dev.airlock.built";

const schema = z.object({
  /** `parent`, or the environment's name. */
  name: z.string(),
  content: z.string(),
  dependencies: z.string(),
  /** How many folders deep paths are told apart. */
  depth: z.number().int(),
  /** Parts by name, each with the first digits of its hash: enough to tell what changed, too few to guess a content by. */
  parts: z.record(z.string(), z.string()),
  /** What it stands on and Airlock did not build: digests, or ids, by reference. */
  bases: z.record(z.string(), z.string()),
});

/** What an image says it was made from. */
export type Built = z.infer<typeof schema>;

/** So many parts at most are told apart in a label; where a context holds more, by their folders. */
const mostParts = 200;

/**
 * The label of an image that is made from this.
 * @param name `parent`, or the environment's name.
 * @param bases what it stands on and Airlock does not build: digests, or ids, by reference.
 */
export function builtLabelOf(
  name: string,
  fingerprint: Fingerprint,
  bases: Readonly<Record<string, string>>,
): Record<string, string> {
  const { content, dependencies } = fingerprint;
  const built: Built = { name, content, dependencies, ...summary(fingerprint), bases };
  return { [builtLabel]: JSON.stringify(built) };
}

/** What an image's labels say; undefined where Airlock has not built it. */
export function builtOf(labels: Readonly<Record<string, string>>): Built | undefined {
  try {
    return schema.parse(JSON.parse(labels[builtLabel] ?? ""));
  } catch {
    return undefined;
  }
}

function summary(fingerprint: Fingerprint): Pick<Built, "depth" | "parts"> {
  const deepest = Math.max(...[...fingerprint.parts.keys()].map((path) => path.split("/").length));
  for (let depth = deepest; depth > 1; depth--) {
    const parts = partsAt(fingerprint, depth);
    if (Object.keys(parts).length <= mostParts) return { depth, parts };
  }
  return { depth: 1, parts: partsAt(fingerprint, 1) };
}

function partsAt({ parts }: Fingerprint, depth: number): Record<string, string> {
  const gathered = new Map<string, string[]>();
  for (const [name, { hash, kind }] of parts) {
    const shown = kind === "setting" ? name : name.split("/").slice(0, depth).join("/");
    const hashes = gathered.get(shown);
    if (hashes) hashes.push(hash);
    else gathered.set(shown, [hash]);
  }
  return Object.fromEntries([...gathered].map(([name, hashes]) => [name, short(hashes)]));
}

function short(hashes: readonly string[]): string {
  const [only = "", ...others] = hashes;
  const hash = others.length === 0 ? only : createHash("sha256").update(hashes.join()).digest("hex");
  return hash.slice(0, 8);
}

/** What is not as an image was made: `requirements.txt changed`, `Dockerfile is new`. */
export function changesSince({ depth, parts }: Built, fingerprint: Fingerprint): string[] {
  const now = partsAt(fingerprint, depth);
  const changed = Object.keys(now).filter((name) => parts[name] !== now[name]);
  const gone = Object.keys(parts).filter((name) => !(name in now));
  return [
    ...changed.map((name) => `${name} ${name in parts ? "changed" : "is new"}`),
    ...gone.map((name) => `${name} is gone`),
  ];
}
