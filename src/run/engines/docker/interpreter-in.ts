import { posix } from "node:path";
import { AirlockError } from "../../../base/errors";
import { codeLabel } from "../../../docker/code-label";
import type { ImageInfo } from "../../../docker/image";
import type { VenvEnvironment } from "../../../project/model";
import type { ReadyEnvironment } from "../../engine";
import { homeOf } from "../image-environment";

/**
 * An environment that is an interpreter in the parent image: where `airlock.yaml` says, else where the image says that its `PYENV`
 * line has put it (`ASTRO_PYENV_<name>`, as the frontend astronomerio/airflow leaves it).
 * @throws AirlockError `interpreter-missing`.
 */
export function interpreterIn(image: ImageInfo, environment: VenvEnvironment): ReadyEnvironment {
  const { name, python } = environment;
  const path = posix.isAbsolute(python) ? python : image.env[`ASTRO_PYENV_${name}`];
  if (path === undefined) throw interpreterMissing(environment);
  return {
    id: `${image.id} ${path}`,
    reference: path,
    home: homeOf(image),
    code: image.labels[codeLabel],
    interpreter: { path, image: image.id },
  };
}

function interpreterMissing({ name, place }: VenvEnvironment): AirlockError {
  return new AirlockError({
    kind: "project",
    code: "interpreter-missing",
    message: `The parent image does not say where the interpreter of "${name}" is: it has no ASTRO_PYENV_${name}`,
    place,
    next: `Name its path below environments: interpreters in airlock.yaml, or run with --engine venv`,
  });
}
