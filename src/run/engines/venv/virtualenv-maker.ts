import { isAbsolute } from "node:path";
import type { Emit } from "../../../base/emit";
import { AirlockError } from "../../../base/errors";
import { failureOf } from "../../../base/failure";
import { cacheFolder } from "../../../base/json-folder";
import type { BuildEvent } from "../../../docker/events";
import { findInstaller, type InstallOptions } from "../../../venv/installer";
import { anyPython, findInterpreter, type Interpreter } from "../../../venv/interpreter";
import {
  InstallFailed,
  type Layer,
  type Virtualenv,
  type VirtualenvSpec,
  type VirtualenvStore,
} from "../../../venv/virtualenv";
import type { EngineOptions, Notice } from "../../engine";
import { installError } from "./install-error";
import { planVirtualenv, type VirtualenvPlan } from "./virtualenv-plan";

export interface MadeVirtualenv extends Virtualenv {
  readonly plan: VirtualenvPlan;
  readonly python: Interpreter;
}

/** Makes the virtualenvs of a project's environments, where they are not there yet. */
export class VirtualenvMaker {
  /** @param wheels a folder with wheels of ours */
  constructor(
    private readonly store: VirtualenvStore,
    private readonly options: EngineOptions,
    private readonly wheels: string,
  ) {}

  /**
   * @param name `parentName`, or that of an environment.
   * @throws AirlockError `airflow-unknown`, `python-not-found`, `virtualenv-not-made`, those of `installError`, `cancelled`.
   */
  async make(name: string, emit: Emit<BuildEvent | Notice>, signal: AbortSignal): Promise<MadeVirtualenv> {
    const { plan, python, spec } = await this.#planned(name, signal);
    const id = await this.store.id(spec);
    const found = await this.store.find(id);
    if (found) return { ...found, plan, python };

    const started = performance.now();
    const ms = () => Math.round(performance.now() - started);
    const tell = { event: "build" as const, name, reference: spec.title };
    emit({ ...tell, state: "started" });
    const options: InstallOptions = {
      env: this.options.env,
      signal,
      cwd: this.options.project.root,
      onLine: (line) => emit({ event: "build", name, state: "output", line }),
    };
    try {
      const installer = await findInstaller(python, cacheFolder("tools", options.env), options);
      const made = await this.store.make(id, spec, installer, options).catch(async (error) => {
        const without = plan.published ? withoutConstraints(spec, error) : undefined;
        if (!without) throw error;
        emit({
          event: "notice",
          message: `Airflow's constraints could not be fetched (${without.url}): its dependencies are the newest that fit. venv.constraints in airlock.yaml may name a file`,
        });
        return this.store.make(id, without.spec, installer, options);
      });
      emit({ ...tell, state: "succeeded", id: made.id, ms: ms() });
      return { ...made, plan, python };
    } catch (error) {
      const known = error instanceof InstallFailed ? await installError(name, error, plan) : error;
      emit({ ...tell, state: "failed", ms: ms(), error: failureOf(known) });
      throw known;
    }
  }

  /** The one that is there already. @throws as `make`, but makes nothing. */
  async find(name: string, signal: AbortSignal): Promise<MadeVirtualenv | undefined> {
    const { plan, python, spec } = await this.#planned(name, signal);
    const found = await this.store.find(await this.store.id(spec));
    return found && { ...found, plan, python };
  }

  async #planned(name: string, signal: AbortSignal) {
    const { project, env } = this.options;
    const plan = planVirtualenv(project, name);
    const options = { env, signal };
    const asked = plan.python === undefined ? undefined : await findInterpreter([plan.python], options);
    const isPath = plan.python !== undefined && isAbsolute(plan.python);
    const python = asked ?? (isPath ? undefined : await findInterpreter(anyPython, options));
    if (!python) throw pythonNotFound(plan);
    const layers = plan.published ? withPublished(plan, python) : plan.layers;
    const airflow = plan.airflow.replace(/^~=(.*)\.0$/, "$1");
    const title = `virtualenv ${name} (Python ${python.version}, Airflow ${airflow})`;
    const spec: VirtualenvSpec = { title, python, layers, wheels: [this.wheels] };
    return { plan, python, spec };
  }
}

/** https://airflow.apache.org/docs/apache-airflow/stable/installation/installing-from-pypi.html#constraints-files */
function withPublished({ airflow, layers }: VirtualenvPlan, { version }: Interpreter): Layer[] {
  const minor = version.split(".").slice(0, 2).join(".");
  const url = `${publishedFiles}/constraints-${airflow}/constraints-${minor}.txt`;
  return layers.map((layer, index) => (index === 0 ? { ...layer, constraints: [url] } : layer));
}

const publishedFiles = "https://raw.githubusercontent.com/apache/airflow";

/** @returns undefined where the installation failed for another reason than that the constraints were not to be had. */
function withoutConstraints(spec: VirtualenvSpec, error: unknown) {
  if (!(error instanceof InstallFailed)) return undefined;
  const url = error.layer.constraints.find((path) => path.startsWith(publishedFiles));
  const { stdout, stderr } = error.result;
  if (url === undefined || !`${stdout}${stderr}`.includes(url)) return undefined;
  const layers = spec.layers.map((layer) => (layer === error.layer ? { ...layer, constraints: [] } : layer));
  return { url, spec: { ...spec, layers } };
}

function pythonNotFound({ python, place }: VirtualenvPlan): AirlockError {
  return new AirlockError({
    kind: "project",
    code: "python-not-found",
    message: `There is no Python ${[python ?? [], anyPython].flat().join(" or ")} on this machine`,
    place,
    next: "Install one, or name an interpreter in airlock.yaml: venv.python",
  });
}
