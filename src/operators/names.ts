import type { Catalogue } from "./catalogue";

/** The qualified names of the operators that a task can name: none that is private, abstract, or named as a base. */
export function operatorNames(catalogue: Catalogue): readonly string[] {
  return Object.entries(catalogue.classes)
    .filter(([name, { abstract }]) => !abstract && !/\._|\.Base[A-Z]\w*$/.test(name))
    .map(([name]) => name);
}

/** The distribution that an operator comes from, with its version: `apache-airflow-providers-ssh 4.1.3`. */
export function distributionOf(catalogue: Catalogue, name: string): string | undefined {
  const provider = /^airflow\.providers\.(.+)$/.exec(name)?.[1];
  if (provider === undefined) return catalogue.airflow ? `apache-airflow ${catalogue.airflow}` : undefined;
  const words = provider.split(".");
  for (let count = words.length; count > 0; count -= 1) {
    const distribution = `apache-airflow-providers-${words.slice(0, count).join("-").replaceAll("_", "-")}`;
    const version = catalogue.distributions[distribution];
    if (version !== undefined) return `${distribution} ${version}`;
  }
  return undefined;
}
