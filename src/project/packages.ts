import type { Problem } from "./model";
import { errorAt } from "./problems";

export interface ParsedPackages {
  /** `name` or `name=version`. */
  readonly packages: readonly string[];
  readonly problems: readonly Problem[];
}

// Debian policy 5.6.1 (names) and 5.6.12 (versions), with apt's `:architecture` and `/release`.
const packagePattern = /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?(=[A-Za-z0-9.+~:-]+|\/[a-z0-9-]+)?$/;

/** Parses `packages.txt`: system packages as apt-get takes them, by lines or spaces, `#` starting a comment. */
export function parsePackages(text: string, file: string): ParsedPackages {
  const packages: string[] = [];
  const problems: Problem[] = [];
  for (const [index, line] of text
    .replace(/^\ufeff/, "")
    .split(/\r\n|\r|\n/)
    .entries()) {
    for (const { 0: word, index: at } of line.replace(/(^|\s)#.*$/, "").matchAll(/\S+/g)) {
      if (packagePattern.test(word)) packages.push(word);
      else
        problems.push(
          errorAt({ file, line: index + 1, column: at + 1 }, `${JSON.stringify(word)} ${whatIsWrong(word)}`),
        );
    }
  }
  return { packages, problems };
}

function whatIsWrong(word: string): string {
  if (packagePattern.test(word.toLowerCase())) return "is no system package: their names are in lower case";
  const near = word.replace(/[=<>~!]+/, "=").replace(/=$/, "");
  return packagePattern.test(near) ? `is no system package: apt takes ${near}` : "is no system package";
}
