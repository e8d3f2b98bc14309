import type { Answerer } from "../../conversation";
import type { TaskContainers } from "../../engine";

/** Where no container can be started for an operator that wants one: it fails with the reason. */
export const noContainers: TaskContainers = {
  failed: new AbortController().signal,
  answering: (others: Answerer): Answerer => {
    return (question) => {
      if (question.kind !== "container") return others(question);
      throw new Error(
        `The operator starts a container of ${question.container.image}, which wants a container engine: this run is in a virtualenv. Start Docker or Podman, then run again (airlock doctor tells what is found)`,
      );
    };
  },
  close: async () => {},
};
