import { InvalidArgumentError } from "commander";

/** What parses an option's whole number, `from` or more. @throws InvalidArgumentError, which commander tells with the option. */
export function wholeNumber(from: number): (text: string) => number {
  return (text) => {
    if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text)) && Number(text) >= from) return Number(text);
    throw new InvalidArgumentError(`A whole number from ${from} on is expected.`);
  };
}
