import { bedEnv } from "../bed/env";

/** The builders of the engine that the tests are for: Podman has one. */
export const builders: readonly ("classic" | "buildkit")[] =
  bedEnv().engine === "podman" ? ["classic"] : ["classic", "buildkit"];

/**
 * Leaves a test out where the engine is Podman, for a reason that is none of Airlock's making. docs/images.md lists them
 * for users.
 */
export function notOnPodman(test: Mocha.Context, _why: string): void {
  if (bedEnv().engine === "podman") test.skip();
}
