import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Fingerprint } from "./fingerprint";

/**
 * The label of an image that a project's code was copied into: the paths of its files with zeros between them, as base64 of raw deflate.
 * What stands on the image has it too, so that it says what is in there of the code.
 */
export const codeLabel = "dev.airlock.code";

/** A label goes to the engine in the address of a request, which it takes 1 MiB of; tens of thousands of files need less. */
const longest = 256 * 1024;

/** The label of an image that is made from this; one that would be too long says nothing. */
export function codeLabelOf({ parts }: Fingerprint): Record<string, string> {
  const paths = [...parts].flatMap(([path, { kind }]) => (kind === "code" ? [path] : []));
  const packed = deflateRawSync(paths.join("\0")).toString("base64");
  return { [codeLabel]: paths.length > 0 && packed.length <= longest ? packed : "" };
}

/** The paths that a label names, relative to the project; none where it is no such label. */
export function codePaths(label: string): string[] {
  try {
    return inflateRawSync(Buffer.from(label, "base64")).toString("utf8").split("\0").filter(Boolean);
  } catch {
    return [];
  }
}
