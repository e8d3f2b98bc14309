import type { ContainerSpec } from "../../../docker/container";
import type { Project } from "../../../project/model";
import type { ReadyEnvironment } from "../../engine";

/** A container of the project's runs, whatever it does: what `airlock.yaml` says of them. */
export function containerOf(
  project: Pick<Project, "limits" | "run">,
  { id, interpreter }: Pick<ReadyEnvironment, "id" | "interpreter">,
): Pick<ContainerSpec, "image" | "memory" | "cpus" | "network" | "user" | "extraHosts"> {
  return {
    image: interpreter?.image ?? id,
    memory: project.limits.memory,
    cpus: project.limits.cpus,
    network: project.run.network,
    user: project.run.user,
    // A database on the author's own machine is reached by the name that Docker Desktop gives it.
    extraHosts: ["host.docker.internal:host-gateway", ...project.run.extra_hosts],
  };
}
