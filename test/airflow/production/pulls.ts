import { connect } from "../../../src/docker/connect";
import { bedEnv } from "../../bed/env";

/** What an action gives, and the images that the engine pulled during it. */
export async function pullsDuring<T>(action: () => Promise<T>): Promise<[T, string[]]> {
  const { docker } = await connect({ env: { DOCKER_HOST: bedEnv().dockerHost } });
  const seconds = () => Date.now() / 1000;
  const since = seconds();
  const result = await action();
  // With an end in the past the engine tells what has been, and ends.
  const events = await docker.getEvents({
    since,
    until: seconds(),
    filters: { type: ["image"], event: ["pull"] },
  });
  let told = "";
  for await (const chunk of events) told += chunk;
  const names = told.split("\n").filter(Boolean);
  return [result, names.map((line) => JSON.parse(line).Actor.ID as string)];
}
