import { EventEmitter, type Event as VsEvent } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import {
  type EnvironmentsResult,
  environmentsChanged,
  environmentsRequest,
  environmentsResult,
  type ImagesChangedParams,
  imagesChanged,
  type OutcomesParams,
  outcomes,
  refresh,
  type TaskOutcome,
  type TasksParams,
  type TasksResult,
  tasksRequest,
  tasksResult,
  trust,
} from "../protocol/messages";

/** What the extension asks of the language server and tells it, beside what the protocol itself carries. */
export class LanguageServer {
  readonly #client: LanguageClient;
  readonly #changed = new EventEmitter<void>();
  readonly onEnvironmentsChanged: VsEvent<void> = this.#changed.event;

  constructor(client: LanguageClient) {
    this.#client = client;
    client.onNotification(environmentsChanged, () => this.#changed.fire());
  }

  /** The projects of the workspace as they were discovered last. */
  async environments(): Promise<EnvironmentsResult> {
    return environmentsResult.parse(await this.#client.sendRequest(environmentsRequest));
  }

  /** The isolated tasks of a file. */
  async tasks(uri: string): Promise<TasksResult> {
    const params: TasksParams = { uri };
    return tasksResult.parse(await this.#client.sendRequest(tasksRequest, params));
  }

  /** Tells how tasks stand, for their lenses. */
  tellOutcomes(all: readonly TaskOutcome[]): Promise<void> {
    const params: OutcomesParams = { outcomes: [...all] };
    return this.#client.sendNotification(outcomes, params);
  }

  /** Tells that images were built or pushed. */
  tellImagesChanged(references: readonly string[]): Promise<void> {
    const params: ImagesChangedParams = { references: [...references] };
    return this.#client.sendNotification(imagesChanged, params);
  }

  /** Makes it look at the disk and the engine again. */
  refresh(): Promise<void> {
    return this.#client.sendNotification(refresh);
  }

  /** Tells that the user trusts the workspace from now on. */
  tellTrust(): Promise<void> {
    return this.#client.sendNotification(trust);
  }
}
