import { type KubeConfig, Watch } from "@kubernetes/client-node";

/**
 * Resolves with an object of the cluster's as soon as it holds, or as soon as it is gone (then undefined).
 * @param folder API path of its kind, e.g. `/api/v1/namespaces/default/pods`.
 * @throws after a minute, with the status that it was last seen in, and where the API server ends the watch.
 */
export async function until<T extends { status?: object }>(
  config: KubeConfig,
  folder: string,
  name: string,
  holds: (object: T) => boolean,
): Promise<T | undefined> {
  let last: T | undefined;
  let stop = () => {};
  const seen = new Promise<T | undefined>((resolve, reject) => {
    const vain = (why: unknown) =>
      reject(
        new Error(`Waited in vain for ${name}, whose status was ${JSON.stringify(last?.status)}`, {
          cause: why,
        }),
      );
    const patience = setTimeout(vain, 60_000, "patience");
    // The watch begins with what is there.
    const watching = new Watch(config).watch(
      folder,
      { fieldSelector: `metadata.name=${name}` },
      (type, object: T) => {
        last = object;
        if (type === "DELETED") resolve(undefined);
        else if (holds(object)) resolve(object);
      },
      vain,
    );
    stop = () => {
      clearTimeout(patience);
      void watching.then((watch) => watch.abort());
    };
  });
  return seen.finally(() => stop());
}
