import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AirlockError } from "../base/errors";

/** The runner as it is sent into an image. */
export interface RunnerFiles {
  /** Python source given to `python3 -c`: it reads the zipapp from its standard input and runs it. */
  readonly bootstrap: string;
  readonly zipapp: Buffer;
  /** A folder with `airlock_runtime` as a wheel, for DAG files that import it. */
  readonly wheels: string;
}

/**
 * Reads the runner that the build put beside the bundles (`dist/`), or in `dist/` where the sources run.
 * @throws `runner-missing` where it is in neither place.
 */
export async function readRunnerFiles(here: string = __dirname): Promise<RunnerFiles> {
  for (const folder of [here, join(here, "../../dist")]) {
    try {
      const [bootstrap, zipapp] = await Promise.all([
        readFile(join(folder, "bootstrap.py"), "utf8"),
        readFile(join(folder, "airlock-runner.pyz")),
      ]);
      return { bootstrap, zipapp, wheels: join(folder, "wheels") };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  throw new AirlockError({
    kind: "engine",
    code: "runner-missing",
    message: "The runner (airlock-runner.pyz) is not beside Airlock's own files",
    next: "Install Airlock again; from its sources: npm run build",
  });
}
