import type { Engine } from "../../../docker/connect";
import { type ContainerSpec, openContainer } from "../../../docker/container";
import { emptyFolders, readContainerFile } from "../../../docker/container-files";
import type { OperatorContainer } from "../../contract";
import { filledIn } from "../references";
import type { StartContainer } from "../started-containers";

/** Of every container of the project; what the DAG says wins, but for the network, which is this machine's. */
type ContainerBase = Pick<ContainerSpec, "labels" | "memory" | "cpus" | "network" | "user" | "extraHosts">;

/** Starts the containers of operators on an engine. */
export function operatorContainer(engine: Engine, base: ContainerBase): StartContainer {
  return async (wanted, image, signal) => {
    const spec = await specOf(filledIn(wanted), image.id, base);
    const container = await openContainer(engine, spec, signal);
    return {
      ...container,
      file: (path, limit) => readContainerFile(engine, container.id, path, limit, signal),
    };
  };
}

async function specOf(wanted: OperatorContainer, image: string, base: ContainerBase): Promise<ContainerSpec> {
  const { folders } = wanted;
  return {
    ...base,
    image,
    entrypoint: wanted.entrypoint ?? undefined,
    command: wanted.command ?? undefined,
    env: wanted.environ,
    workingDir: wanted.working_dir ?? undefined,
    user: wanted.user ?? base.user,
    memory: wanted.memory ?? base.memory,
    cpus: wanted.cpus ?? base.cpus,
    network: base.network ?? wanted.network ?? undefined,
    extraHosts: [...(base.extraHosts ?? []), ...wanted.extra_hosts],
    stdin: false,
    files: folders.length > 0 ? { path: "/", archive: await emptyFolders(folders) } : undefined,
  };
}
