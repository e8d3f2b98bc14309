import { isAbsolute } from "node:path";
import type { Project } from "../../../project/model";
import { parentName } from "../../../project/unique-environments";
import { isOf } from "../../../venv/interpreter";
import type { MadeVirtualenv } from "./virtualenv-maker";

/**
 * What a virtualenv does not isolate, as sentences for its user.
 * @param told whether what is so for all of them has been said in this run.
 */
export function isolationNotices(
  { limits, run }: Pick<Project, "limits" | "run">,
  name: string,
  { plan, python }: MadeVirtualenv,
  told: boolean,
): string[] {
  const of = name === parentName ? "the parent image" : name;
  const ignored = [
    ...Object.entries({ memory: limits.memory, cpus: limits.cpus }).map(
      ([key, value]) => value !== undefined && `limits.${key}`,
    ),
    ...Object.entries({ network: run.network, user: run.user }).map(
      ([key, value]) => value !== undefined && `run.${key}`,
    ),
  ].filter((key) => key !== false);
  return [
    !told &&
      "Tasks run in virtualenvs, which hold what requirements say: system packages, files and the network are this machine's",
    !told && ignored.length > 0 && `A virtualenv knows no ${ignored.join(", ")} of airlock.yaml`,
    plan.packages.length > 0 &&
      `The virtualenv of ${of} has no system packages of its own: ${plan.packages.join(", ")} is used where this machine has it`,
    plan.python !== undefined &&
      !isAbsolute(plan.python) &&
      !isOf(python, plan.python) &&
      `Python ${plan.python} is not on this machine: ${of} runs on ${python.version}`,
  ].filter((sentence) => sentence !== false);
}
