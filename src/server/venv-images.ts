import { type Catalogue, type CatalogueSource, catalogue, type ImageKey } from "../operators/catalogue";
import type { Project } from "../project/model";
import { parentName } from "../project/unique-environments";
import type { ReadyEnvironment } from "../run/engine";
import type { VenvEngine } from "../run/engines/venv/venv-engine";

/** What tells the id of a virtualenv from that of an image. */
const prefix = "virtualenv:";

interface Found {
  readonly engine: VenvEngine;
  readonly environment: ReadyEnvironment;
}

/** The virtualenvs that stand for images where tasks run in those; none is made for an editor's sake. */
export class VenvImages implements CatalogueSource {
  readonly #found = new Map<string, Found>();

  /**
   * @param env where virtualenvs are kept
   * @param projects whose images they stand for
   */
  constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly projects: () => readonly Project[],
  ) {}

  static isOne({ id }: ImageKey): boolean {
    return id.startsWith(prefix);
  }

  /** Whether the image is of a project whose tasks run in virtualenvs, as the shell or `airlock.yaml` says. */
  isWanted(reference: string): boolean {
    const owner = this.#owner(reference);
    return owner !== undefined && (this.env["AIRLOCK_ENGINE"] || owner.project.engine) === "venv";
  }

  /** The virtualenv that stands for an image; undefined where there is none. @throws AirlockError as `VenvEngine.there`, `cancelled`. */
  async identify(reference: string, signal: AbortSignal): Promise<ImageKey | undefined> {
    const owner = this.#owner(reference);
    if (!owner) return undefined;
    const { VenvEngine } = await import("../run/engines/venv/venv-engine");
    const engine = await VenvEngine.open({ project: owner.project, env: this.env });
    const environment = await engine.there({ environment: owner.name, reference }, signal);
    if (!environment) return undefined;
    const id = `${prefix}${environment.id}`;
    this.#found.set(id, { engine, environment });
    return { id, reference };
  }

  async catalogue(image: ImageKey, signal: AbortSignal): Promise<Catalogue> {
    const found = this.#found.get(image.id);
    if (!found) throw new Error(`the virtualenv of ${image.reference} was not asked for`);
    const { readCatalogue } = await import("../run/read-catalogue");
    const { engine, environment } = found;
    const code = { entries: [], stamps: {} };
    return catalogue.parse(
      await readCatalogue(
        (runner) => engine.start({ environment, purpose: "execute", runner, code }, signal),
        environment.reference,
        signal,
      ),
    );
  }

  #owner(reference: string): { readonly project: Project; readonly name: string } | undefined {
    for (const project of this.projects()) {
      if (project.parent?.image.reference === reference) return { project, name: parentName };
      const named = project.environments.find(
        (one) => one.kind === "image" && one.image.reference === reference,
      );
      if (named) return { project, name: named.name };
    }
    return undefined;
  }
}
