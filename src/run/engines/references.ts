import type { OperatorContainer } from "../contract";

/** `$(NAME)` in the words and the values of a pod's container, and `$$` for a dollar (kubernetes.io, Container v1 core). */
const reference = /\$\$|\$\(([^)]+)\)/g;

/** A container with its references filled in, as a cluster would; a name that is not known stays as it is. */
export function filledIn(container: OperatorContainer): OperatorContainer {
  if (!container.references) return container;
  const known = new Map<string, string>();
  const filled = (text: string) =>
    text.replace(reference, (found, name?: string) =>
      name === undefined ? "$" : (known.get(name) ?? found),
    );
  for (const [name, value] of Object.entries(container.environ)) {
    // A secret is what it is.
    known.set(name, container.secrets.includes(name) ? value : filled(value));
  }
  return {
    ...container,
    entrypoint: container.entrypoint?.map(filled),
    command: container.command?.map(filled),
    environ: Object.fromEntries(known),
  };
}

/** A text as a pod's container wants it, where it is to be there as it is. */
export function asItIs(text: string): string {
  return text.replaceAll("$", () => "$$");
}
