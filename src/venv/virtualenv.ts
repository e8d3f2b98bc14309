import { createHash, randomUUID } from "node:crypto";
import {
  lstat,
  lutimes,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { basename, join } from "node:path";
import type { ProgramResult } from "../base/program";
import type { Installer, InstallOptions } from "./installer";
import type { Interpreter } from "./interpreter";

/** One installation into a virtualenv; what a later one wants replaces what an earlier one has brought. */
export interface Layer {
  /** What it is of, as its user knows it. */
  readonly name: string;
  /** Requirements such as `apache-airflow==3.1.8`. */
  readonly requirements: readonly string[];
  /** A requirements file, and those that it includes. */
  readonly files: readonly string[];
  /** Files or URLs of versions that hold wherever a package is installed. */
  readonly constraints: readonly string[];
}

export interface VirtualenvSpec {
  readonly title: string;
  readonly python: Interpreter;
  readonly layers: readonly Layer[];
  /** Folders with wheels beside those of the index. */
  readonly wheels: readonly string[];
}

/** A virtualenv that is complete. */
export interface Virtualenv {
  /** A hash of all that it is made from. */
  readonly id: string;
  /** Absolute path, that of its python is `bin/python` below. */
  readonly folder: string;
  /** What it was made for, for people. */
  readonly title: string;
}

/** An installation that failed, with what was told of it. */
export class InstallFailed extends Error {
  constructor(
    readonly layer: Layer,
    readonly result: ProgramResult,
  ) {
    super(`${layer.name} was not installed`);
  }
}

/**
 * Virtualenvs, each made once: a link, its hash, to a folder of another name. The link comes when the folder is complete, so
 * that nobody finds half of one, and two who make it at once are in nobody's way.
 */
export class VirtualenvStore {
  /** @param folder where they are kept */
  constructor(private readonly folder: string) {}

  /** Of what is to be installed; of a constraints file that is fetched, only where from. @throws as node:fs does. */
  async id({ python, layers }: VirtualenvSpec): Promise<string> {
    const read = async (path: string) => (isUrl(path) ? path : readFile(path, "utf8"));
    const installed = await Promise.all(
      layers.map(async ({ requirements, files, constraints }) => [
        requirements,
        await Promise.all(files.map(read)),
        await Promise.all(constraints.map(read)),
      ]),
    );
    const facts = [process.platform, process.arch, python.path, python.version, installed];
    return createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 16);
  }

  /** @param id or the name of its folder. @returns undefined where it is not there. */
  async find(id: string): Promise<Virtualenv | undefined> {
    const link = join(this.folder, id);
    const folder = join(this.folder, await readlink(link).catch(() => id));
    const title = await readFile(join(folder, titleFile), "utf8").catch(() => undefined);
    if (title === undefined) return undefined;
    // The time of its last use: what is not used for long goes.
    const now = new Date();
    await lutimes(link, now, now).catch(() => {});
    return { id, folder, title };
  }

  /**
   * Makes one, in as many installations as it has layers.
   * @param id by which it is found; see `id()`.
   * @throws InstallFailed; AirlockError `virtualenv-not-made`, `cancelled`; as node:fs does. Nothing of it is left then.
   */
  async make(
    id: string,
    spec: VirtualenvSpec,
    installer: Installer,
    options: InstallOptions,
  ): Promise<Virtualenv> {
    const folder = join(this.folder, `${id}-${randomUUID().slice(0, 8)}`);
    await mkdir(this.folder, { recursive: true });
    try {
      await installer.create(spec.python, folder, options);
      for (const layer of spec.layers) {
        const wanted = wantedBy(layer, spec.wheels);
        if (wanted === undefined) continue;
        const result = await installer.install(folder, wanted, options);
        if (result.code !== 0) throw new InstallFailed(layer, result);
      }
      await writeFile(join(folder, titleFile), spec.title);
      const link = `${folder}.link`;
      await symlink(basename(folder), link);
      await rename(link, join(this.folder, id));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
    await this.#prune();
    return { id, folder, title: spec.title };
  }

  /** Removes those that were not used for long, and what was left half-made. */
  async #prune(now = Date.now()): Promise<void> {
    const names = await readdir(this.folder);
    const linked = new Set<string>();
    for (const name of names) {
      const path = join(this.folder, name);
      const stats = await lstat(path).catch(() => undefined);
      if (!stats?.isSymbolicLink()) continue;
      const isOld = now - stats.mtimeMs > keptMs;
      if (isOld) await rm(path, { force: true });
      else linked.add(await readlink(path).catch(() => ""));
    }
    for (const name of names) {
      const path = join(this.folder, name);
      const stats = await lstat(path).catch(() => undefined);
      const isLeft = stats?.isDirectory() && !linked.has(name) && now - stats.mtimeMs > leftMs;
      if (isLeft) await rm(path, { recursive: true, force: true });
    }
  }
}

const titleFile = "airlock-title";

const dayMs = 24 * 3600 * 1000;
const keptMs = 30 * dayMs;
/** Another command may be making it; and one that has just been replaced may be in use. */
const leftMs = dayMs;

/** @returns undefined where there is nothing to install. */
function wantedBy(layer: Layer, wheels: readonly string[]): string[] | undefined {
  const [file] = layer.files;
  if (layer.requirements.length === 0 && file === undefined) return undefined;
  return [
    ...wheels.flatMap((folder) => ["--find-links", folder]),
    ...layer.constraints.flatMap((constraints) => ["-c", constraints]),
    ...layer.requirements,
    ...(file === undefined ? [] : ["-r", file]),
  ];
}

export function isUrl(path: string): boolean {
  return /^https?:\/\//.test(path);
}
