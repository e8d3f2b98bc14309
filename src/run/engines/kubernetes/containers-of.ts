import type { V1PodSpec } from "@kubernetes/client-node";
import { baseContainer } from "../../../kubernetes/pod";

/** The one that runs the task: `base`, as Airflow's templates call it, else the first. */
export function containersOf(spec: V1PodSpec | undefined) {
  const all = spec?.containers ?? [];
  const first = all.find(({ name }) => name === baseContainer) ?? all[0];
  return [first, all.filter((one) => one !== first)] as const;
}
