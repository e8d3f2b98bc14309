/** The parts of a reference, as written: `localhost:5000/team/airflow:1.2` or `airflow@sha256:…`. */
export interface ReferenceParts {
  /** Registry and path. */
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

export function splitReference(reference: string): ReferenceParts {
  const [name = "", digest] = reference.split("@", 2);
  const colon = name.lastIndexOf(":");
  const tagged = colon > name.lastIndexOf("/");
  return {
    repository: tagged ? name.slice(0, colon) : name,
    tag: tagged ? name.slice(colon + 1) : undefined,
    digest,
  };
}

/** Whether both name one image: `a`, `a:latest` and `docker.io/library/a` are the same. */
export function sameReference(a: string, b: string): boolean {
  return canonical(a) === canonical(b);
}

function canonical(reference: string): string {
  const { repository, tag, digest } = splitReference(reference);
  const short = repository.replace(/^(index\.)?docker\.io\//, "").replace(/^library\//, "");
  return `${short}${digest ? `@${digest}` : `:${tag ?? "latest"}`}`;
}

/** Whether a repository names its registry: its first part has a dot, a port, or is `localhost`. */
export function hasRegistry(repository: string): boolean {
  const first = repository.split("/", 1)[0] ?? "";
  return repository.includes("/") && (/[.:]/.test(first) || first === "localhost");
}

// The grammar of a repository's name:
// https://pkg.go.dev/github.com/distribution/reference#pkg-overview
const component = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const host = "[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?";

/** One part of a repository's path, such as an environment's name. */
export const componentPattern = new RegExp(`^${component}$`);
export const repositoryPattern = new RegExp(`^(?:${host}/)?${component}(?:/${component})*$`);
export const registryPattern = new RegExp(`^${host}(?:/${component})*$`);
export const tagPattern = /^\w[\w.-]{0,127}$/;

/** What a part of a repository's path may hold, for messages. */
export const componentRule = "lower-case letters and digits with single . _ or - between them";

/** The nearest name that can be part of an image's: `Équipe Données` → `equipe-donnees`. */
export function suggestComponent(name: string): string {
  return asAstroDoes(name.normalize("NFKD").replace(/\p{M}/gu, ""));
}

/**
 * A name that Docker takes is itself; of another, each run of what is no letter or digit becomes one `-`.
 * As the Astro command line does (`sanitizeImageName` in astro-cli's airflow/airflow.go), whose images these are.
 */
export function asAstroDoes(name: string): string {
  const lower = name.toLowerCase();
  if (componentPattern.test(lower)) return lower;
  return lower.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "project";
}
