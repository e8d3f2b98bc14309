import { resolve } from "node:path";
import { isCancelled } from "../../base/abort";
import { messageOf } from "../../base/errors";
import type { Engine } from "../../docker/connect";
import type { TagInfo } from "../../docker/tags";
import { projectAt } from "../../project/locate";
import type { Project } from "../../project/model";
import type { AddCommand } from "../command";
import type { Io } from "../io";
import { table } from "../table";
import { shownTime } from "../time";

interface Options {
  readonly json?: boolean;
  readonly project: string;
}

/** `airlock tags <environment|reference>`: the tags that the engine and the registry have. */
export const addTags: AddCommand = (program, io) => {
  program
    .command("tags")
    .description("list the tags of an environment's image, on the engine and in its registry")
    .argument("<name>", "an environment, parent, or an image's name")
    .option("--json", "print one JSON document (docs/commands.md)")
    .option("--project <dir>", "a folder in the project", ".")
    .action(async (name: string, { json, project }: Options) => {
      const known = await referenceOf(name, resolve(io.cwd, project), io);
      const reference = known ?? name;
      const [{ listTags }, { TagCache, tagFolder }] = await Promise.all([
        import("../../docker/tags"),
        import("../../docker/tag-cache"),
      ]);
      const { engine, problem } = await engineIfAny(io);
      // A name that was typed is asked for where Docker would; a project's own only where it names its registry.
      const cache = new TagCache(tagFolder(io.env));
      const asked = {
        env: io.env,
        signal: io.signal,
        cache,
        ...(known === undefined && { askRegistry: true }),
      };
      const { tags, problems } = await listTags(engine, reference, asked);
      const all = problem === undefined ? problems : [problem, ...problems];
      if (json) io.stdout.write(`${JSON.stringify({ reference, tags, problems: all }, null, 2)}\n`);
      else {
        for (const line of tagTable(tags)) io.stdout.write(`${line}\n`);
        for (const line of all) io.stderr.write(`${line}\n`);
      }
    });
};

async function referenceOf(name: string, folder: string, io: Io): Promise<string | undefined> {
  const project = await projectAt(folder, io.files, io.signal).catch((error): Project | undefined => {
    if (isCancelled(error)) throw error;
    return undefined;
  });
  if (name === "parent") return project?.parent?.image.reference;
  const environment = project?.environments.find((one) => one.name === name);
  return environment?.kind === "image" ? environment.image.reference : undefined;
}

async function engineIfAny(io: Io): Promise<{ engine?: Engine; problem?: string }> {
  const { connect } = await import("../../docker/connect");
  try {
    return { engine: await connect({ env: io.env, signal: io.signal }) };
  } catch (error) {
    if (isCancelled(error)) throw error;
    return { problem: messageOf(error) };
  }
}

function tagTable(tags: readonly TagInfo[]): string[] {
  if (tags.length === 0) return ["no tags"];
  return table([
    ["TAG", "ENGINE", "REGISTRY", "CREATED"],
    ...tags.map(({ tag, local, remote, created }) => [
      tag,
      local ? "yes" : "-",
      remote ? "yes" : "-",
      created ? shownTime(created) : "",
    ]),
  ]);
}
