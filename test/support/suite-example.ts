import assert from "node:assert/strict";
import { airlockContainers, removeImages } from "./engine";
import { type CopyOptions, copyExample, type ExampleCopy } from "./example";

/**
 * A copy of the example for the tests of a `describe`, in which this is called; none of them may leave a container of the
 * project behind. The copy and its images go with the last of them.
 * @param env with the DOCKER_HOST of the engine.
 */
export function useExample(
  env: NodeJS.ProcessEnv,
  options: CopyOptions = { airflow: 3 },
): Pick<ExampleCopy, "root" | "dagFile" | "image"> {
  let copy: ExampleCopy;
  before(async () => {
    copy = await copyExample(options);
  });
  after(async () => {
    await removeImages(copy.image, env);
    await copy.remove();
  });
  afterEach("nothing is left behind", async () => {
    assert.deepEqual(await airlockContainers(env, copy.root), []);
  });
  return {
    get root() {
      return copy.root;
    },
    get dagFile() {
      return copy.dagFile;
    },
    get image() {
      return copy.image;
    },
  };
}
