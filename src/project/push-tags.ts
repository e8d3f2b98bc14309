/** What the tags of a push are filled in with. */
export interface TagValues {
  /** Of what all images are made from: twelve hexadecimal digits. */
  readonly hash: string;
  /** The git commit, whole; undefined where there is none. */
  readonly commit: string | undefined;
}

/**
 * The tags of a push, of the templates in `airlock.yaml`.
 * @throws what `noCommit` makes, for a template that wants a commit where there is none.
 */
export function pushTags(
  templates: readonly string[],
  { hash, commit }: TagValues,
  noCommit: (template: string) => Error,
): string[] {
  const tags = templates.map((template) =>
    template.replaceAll("{hash}", hash).replaceAll("{commit}", () => {
      if (commit === undefined) throw noCommit(template);
      return commit;
    }),
  );
  return [...new Set(tags)];
}

/** Whether a tag is one that such a template gives. */
export function isPushTag(tag: string, templates: readonly string[]): boolean {
  return templates
    .filter((template) => /\{(?:hash|commit)\}/.test(template))
    .some((template) => patternOf(template).test(tag));
}

function patternOf(template: string): RegExp {
  const parts = template.split(/(\{hash\}|\{commit\})/).map((part) => {
    if (part === "{hash}") return "[0-9a-f]{12}";
    if (part === "{commit}") return "[0-9a-f]{40,64}";
    return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`);
}
