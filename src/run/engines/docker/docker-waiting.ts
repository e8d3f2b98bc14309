import { attachContainer } from "../../../docker/attach";
import type { Engine } from "../../../docker/connect";
import { engineError } from "../../../docker/errors";
import { removal } from "../../../docker/remove-container";
import { renameContainer } from "../../../docker/rename-container";
import type { RunnerProcess, Spare, WaitingRunners } from "../../engine";
import { labels } from "./labels";

/** Of one that anybody may take; the engine lets a name be given once. */
const waitingName = (id: string) => `airlock-spare-${id.slice(0, 12)}`;

/** Of one that somebody has. */
const takenName = (id: string) => `airlock-run-${id.slice(0, 12)}`;

/** Containers in which a runner waits: they belong to nobody, and are claimed by their name. */
export class DockerWaiting implements WaitingRunners {
  constructor(private readonly engine: Engine) {}

  async list(only: { project?: string; key?: string } = {}): Promise<Spare[]> {
    const label = [
      only.key === undefined ? labels.key : `${labels.key}=${only.key}`,
      ...(only.project === undefined ? [] : [`${labels.project}=${only.project}`]),
    ];
    const found = await this.engine.docker.listContainers({ filters: { label } }).catch((error) => {
      throw engineError(error, "Could not list the containers that wait for a run");
    });
    return found
      .filter(({ Id, Names }) => Names.some((name) => name.endsWith(waitingName(Id))))
      .map(({ Id, Labels, Image, Created }) => ({
        id: Id,
        key: Labels[labels.key] ?? "",
        project: Labels[labels.project] ?? "",
        environment: Labels[labels.environment] ?? Image,
        purpose: Labels[labels.purpose] === "resolve" ? ("resolve" as const) : ("execute" as const),
        created: new Date(Created * 1000),
      }))
      .sort((a, b) => a.created.getTime() - b.created.getTime());
  }

  take(id: string): Promise<boolean> {
    return renameContainer(this.engine, id, takenName(id));
  }

  giveBack(id: string): Promise<boolean> {
    return renameContainer(this.engine, id, waitingName(id));
  }

  async attach(id: string, signal: AbortSignal): Promise<RunnerProcess> {
    return { ...(await attachContainer(this.engine, id, signal)), greeted: true };
  }

  remove(id: string): Promise<void> {
    return removal(this.engine.docker.getContainer(id), id.slice(0, 12))();
  }
}
