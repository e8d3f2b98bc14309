import { join } from "node:path";
import type { Emit } from "../base/emit";
import { AirlockError } from "../base/errors";
import type { Engine } from "../docker/connect";
import type { PushEvent } from "../docker/events";
import type { PushedAll, PushStep } from "../docker/push-all";
import { gitCommit } from "../project/git-commit";
import type { Project } from "../project/model";
import { imageVariable } from "../project/project-images";
import { pushTags } from "../project/push-tags";
import { writeDotEnv } from "../project/write-dot-env";
import type { Io } from "./io";

export interface PushProjectOptions {
  readonly registry?: string | undefined;
  /** Whether these are all images of the project: only then a tag can name what they are all made from. */
  readonly whole: boolean;
  /** Whether `.env` is to name what was pushed. */
  readonly setEnv?: boolean | undefined;
}

/**
 * Pushes images of a project, gives them the tags that `airlock.yaml` wants, and has `.env` name them where that is asked.
 * @throws AirlockError `set-env-and-some`, `no-commit`, those of `pushAll` and `writeDotEnv`.
 */
export async function pushProject(
  engine: Engine,
  project: Project,
  steps: readonly PushStep[],
  { registry, whole, setEnv }: PushProjectOptions,
  view: Emit<PushEvent>,
  io: Io,
): Promise<PushedAll> {
  checkSetEnv(setEnv, whole);
  const [{ pushAll }, { inRegistry, parseReference, familiarName }] = await Promise.all([
    import("../docker/push-all"),
    import("../docker/reference"),
  ]);
  const commit = project.tags.some((tag) => tag.includes("{commit}"))
    ? await gitCommit(project.root, io.env, io.signal)
    : undefined;
  const tags = (hash: string) => pushTags(project.tags, { hash, commit }, noCommit);
  const pushed = await pushAll(engine, steps, view, io.signal, {
    registry,
    env: io.env,
    ...(whole && { tags }),
  });
  const [tag] = pushed.tags;
  if (setEnv && tag !== undefined && project.parent) {
    const { reference } = project.parent.image;
    const target = parseReference(registry === undefined ? reference : inRegistry(reference, registry));
    await writeDotEnv(join(project.root, ".env"), imageVariable, `${familiarName(target)}:${tag}`);
  }
  return pushed;
}

/** @throws AirlockError `set-env-and-some`. */
export function checkSetEnv(setEnv: boolean | undefined, whole: boolean): void {
  if (!setEnv || whole) return;
  throw new AirlockError({
    kind: "usage",
    code: "set-env-and-some",
    message: "--set-env has .env name all images of the project by one tag, and only some are pushed",
    next: "Push all of them, or leave out --set-env",
  });
}

function noCommit(template: string): AirlockError {
  return new AirlockError({
    kind: "project",
    code: "no-commit",
    message: `The tag "${template}" of airlock.yaml wants a git commit, and the project is in no checkout that has one`,
    next: "Commit it, or name another tag in image.tags",
  });
}
