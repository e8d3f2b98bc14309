import { findClass } from "../operators/kwargs";
import { distributionOf } from "../operators/names";
import type { Environment } from "../project/model";
import type { CatalogueFor } from "./catalogue-for";
import type { TaskKwarg } from "./kwargs-of";

/** Where the signatures come from, in one line: `from the parent image; data-team is not built`. */
export function sourceLine(known: CatalogueFor): string {
  if (known.state === "ready") return `in ${known.source}`;
  if (known.state === "stand-in") return `from ${known.of}; ${known.why}`;
  return known.why;
}

/** A keyword argument in Markdown: its signature, what it is for, and which class of which image has it. */
export function describeKwarg({ of, parameter }: TaskKwarg, known: CatalogueFor): string {
  const type = parameter.annotation === null ? "" : `: ${parameter.annotation}`;
  const value = parameter.default === null ? "" : ` = ${parameter.default}`;
  const parts = [fence(`${parameter.name}${type}${value}`)];
  if (parameter.required) parts.push("Required.");
  if (parameter.doc) parts.push(prose(parameter.doc));
  if (of === "airlock") parts.push("*IsolatedOperator's own*");
  else parts.push(`*${shortName(parameter.definedBy)} ${sourceLine(known)}*`);
  return parts.join("\n\n");
}

/** An operator in Markdown; undefined where the image has none of that name. */
export function describeOperator(name: string, known: CatalogueFor): string | undefined {
  const operator = known.state === "none" ? undefined : findClass(known.catalogue, name);
  if (known.state === "none" || !operator) return undefined;
  const distribution = distributionOf(known.catalogue, operator.name);
  const parts = [fence(operator.name)];
  if (operator.name !== name) parts.push(`Imported by its other name \`${name}\`.`);
  if (operator.found.doc) parts.push(prose(operator.found.doc));
  parts.push(`*${distribution === undefined ? "" : `${distribution} `}${sourceLine(known)}*`);
  return parts.join("\n\n");
}

/** An environment in Markdown: its image or interpreter, and what is installed in it. */
export function describeEnvironment(environment: Environment): string {
  const parts = [
    environment.kind === "image"
      ? `**${environment.name}**: image \`${environment.image.reference}\``
      : `**${environment.name}**: virtualenv of Python \`${environment.python}\``,
  ];
  const list = (title: string, entries: readonly string[]) => {
    if (entries.length > 0) parts.push(`${title}\n${entries.map((entry) => `- \`${entry}\``).join("\n")}`);
  };
  list(
    "Requirements:",
    environment.requirements.map(({ name, specifier }) => name + specifier),
  );
  if (environment.kind === "image") list("System packages:", environment.packages);
  list(
    "Problems:",
    environment.problems.map((problem) => problem.message),
  );
  return parts.join("\n\n");
}

function fence(python: string): string {
  return `\`\`\`python\n${python}\n\`\`\``;
}

/** A docstring's reStructuredText as Markdown that reads well: roles and double backquotes become code. */
function prose(doc: string): string {
  return doc
    .trim()
    .replace(/:[\w:.]+:`~?([^`<]*?)(?:\s*<[^`>]*>)?`/g, "`$1`")
    .replace(/``([^`]+)``/g, "`$1`");
}

function shortName(qualified: string): string {
  return qualified.slice(qualified.lastIndexOf(".") + 1);
}
