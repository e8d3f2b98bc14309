import { AirlockError } from "../../../base/errors";
import { installFailure } from "../../../docker/install-errors";
import { installPlaces } from "../../../docker/install-place";
import type { InstallFailed } from "../../../venv/virtualenv";
import type { VirtualenvPlan } from "./virtualenv-plan";

/** How much of the output is told. */
const shownLines = 20;

/** An installation that failed, as it is told: what, the line of its requirements where that is known, the end of the output. */
export async function installError(
  name: string,
  { layer, result, message }: InstallFailed,
  plan: VirtualenvPlan,
): Promise<AirlockError> {
  const output = `${result.stdout}\n${result.stderr}`.trim().split("\n");
  const known = installFailure(output);
  const [place = plan.place] = known ? await installPlaces(known, layer.files) : [];
  return new AirlockError({
    kind: "build",
    code: known?.code ?? "install-failed",
    message: `The virtualenv of ${name} was not made: ${known?.message ?? message}`,
    place,
    detail: output.slice(-shownLines).join("\n"),
    next: known?.next ?? "The lines above are the end of the output",
  });
}
