export interface Expanded {
  readonly text: string;
  /** Variables that have no value. */
  readonly missing: readonly string[];
}

/**
 * Replaces `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:+other}` as FROM does.
 * https://docs.docker.com/reference/dockerfile/#environment-replacement
 */
export function expand(text: string, values: ReadonlyMap<string, string | undefined>): Expanded {
  const missing: string[] = [];
  const expanded = text.replace(
    /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+])([^}]*))?\})/g,
    (_, plain?: string, braced?: string, operator?: string, word = "") => {
      const name = plain ?? braced ?? "";
      const value = values.get(name);
      const isSet = operator?.startsWith(":") ? Boolean(value) : value !== undefined;
      if (operator?.endsWith("-")) return isSet ? (value ?? "") : word;
      if (operator?.endsWith("+")) return isSet ? word : "";
      if (!value) missing.push(name);
      return value ?? "";
    },
  );
  return { text: expanded, missing };
}

/** The values of ARGs: build arguments win over defaults, and a default can name the ARGs before it. */
export function argValues(
  args: ReadonlyMap<string, string | undefined>,
  buildArgs: Readonly<Record<string, string>>,
): Map<string, string | undefined> {
  const values = new Map<string, string | undefined>();
  for (const [name, written] of args) {
    values.set(name, buildArgs[name] ?? (written === undefined ? undefined : expand(written, values).text));
  }
  return values;
}
