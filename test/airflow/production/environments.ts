import { connect } from "../../../src/docker/connect";
import { bedEnv } from "../../bed/env";

/** What an action gives, and the environment variables of each container of an image that started during it, as inspect shows them. */
export async function environmentsDuring<T>(
  image: string,
  action: () => Promise<T>,
): Promise<[T, readonly string[][]]> {
  const { docker } = await connect({ env: { DOCKER_HOST: bedEnv().dockerHost } });
  const events = await docker.getEvents({
    filters: { type: ["container"], event: ["start"], image: [image] },
  });
  const inspected: Promise<string[]>[] = [];
  events.on("data", (line: Buffer) => {
    const { id } = JSON.parse(line.toString()) as { id: string };
    inspected.push(
      docker
        .getContainer(id)
        .inspect()
        .then(({ Config }) => Config.Env),
    );
  });
  try {
    const result = await action();
    return [result, await Promise.all(inspected)];
  } finally {
    // It has no end of its own.
    (events as unknown as { destroy(): void }).destroy();
  }
}
