import { AirlockError } from "../base/errors";

/** `NAME=VALUE` options as a record. @throws `bad-pair` for one without a name or `=`. */
export function parsePairs(pairs: readonly string[], option: string): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf("=");
      if (equals < 1) {
        throw new AirlockError({
          kind: "usage",
          code: "bad-pair",
          message: `${option} wants NAME=VALUE, not "${pair}"`,
        });
      }
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}

/** Gathers what an option that may be given several times was given. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}
