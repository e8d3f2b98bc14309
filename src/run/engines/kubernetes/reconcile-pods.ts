import type { V1Container, V1Pod, V1PodSpec } from "@kubernetes/client-node";
import { containersOf } from "./containers-of";

/**
 * A pod, and over it what another says: a field of that wins, labels, annotations and node selectors are joined, and so are
 * lists, in which one of the same name takes the other's place. As Airflow's `PodGenerator.reconcile_pods` does, but that
 * containers are matched by their names.
 */
export function reconcilePods(base: V1Pod, over: V1Pod | undefined): V1Pod {
  if (!over) return base;
  const labels = { ...base.metadata?.labels, ...over.metadata?.labels };
  const annotations = { ...base.metadata?.annotations, ...over.metadata?.annotations };
  return { ...base, metadata: { ...base.metadata, labels, annotations }, spec: specOf(base.spec, over.spec) };
}

function specOf(base: V1PodSpec | undefined, over: V1PodSpec | undefined): V1PodSpec {
  const [first, others] = containersOf(base);
  const [overFirst, overOthers] = containersOf(over);
  const nodeSelector = { ...base?.nodeSelector, ...over?.nodeSelector };
  return {
    ...joined<Partial<V1PodSpec>>(base ?? {}, over ?? {}),
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
    containers: [
      joined<Partial<V1Container>>(first ?? {}, overFirst ?? {}) as V1Container,
      ...listsJoined(others, overOthers),
    ],
  };
}

function joined<Fields extends object>(base: Fields, over: Fields): Fields {
  const both = Object.entries(over).map(([name, value]) => {
    const before = base[name as keyof Fields];
    return [name, Array.isArray(value) && Array.isArray(before) ? listsJoined(before, value) : value];
  });
  return { ...base, ...Object.fromEntries(both) };
}

/** What has a name is that: variables, volumes, mounts by their path. */
function listsJoined<Item>(base: readonly Item[], over: readonly Item[]): Item[] {
  const named = new Map(over.flatMap((item) => (nameOf(item) ? [[nameOf(item), item] as const] : [])));
  // In its place: variables may refer to those before them, and containers start one after another.
  const replaced = base.map((item) => named.get(nameOf(item)) ?? item);
  return [...replaced, ...over.filter((item) => !replaced.includes(item))];
}

function nameOf(item: unknown): string | undefined {
  const { mountPath, name } = item as { mountPath?: string; name?: string };
  return mountPath ?? name;
}
