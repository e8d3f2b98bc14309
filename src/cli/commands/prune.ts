import { resolve } from "node:path";
import { AirlockError } from "../../base/errors";
import type { UnusedImage } from "../../docker/prune";
import { buildSteps } from "../../project/build-steps";
import { projectAt } from "../../project/locate";
import type { AddCommand } from "../command";
import { confirmed } from "../confirm";
import type { Io } from "../io";
import { table } from "../table";
import { shownTime } from "../time";

interface Options {
  readonly yes?: boolean;
  readonly project: string;
}

/** `airlock prune`: removes images that Airlock built and nothing uses. */
export const addPrune: AddCommand = (program, io) => {
  program
    .command("prune")
    .description("remove images that Airlock built and nothing uses")
    .option("--yes", "do not ask")
    .option("--project <dir>", "a folder in the project", ".")
    .action(async ({ yes, project }: Options) => {
      const inUse = await tagsInUse(resolve(io.cwd, project), io);
      const [{ connect }, { unusedImages, removeImages }] = await Promise.all([
        import("../../docker/connect"),
        import("../../docker/prune"),
      ]);
      const engine = await connect({ env: io.env, signal: io.signal });
      const unused = await unusedImages(engine, inUse, io.signal);
      if (unused.length === 0) {
        io.stdout.write("Airlock has built nothing here that is not used\n");
        return;
      }
      for (const line of imageTable(unused)) io.stdout.write(`${line}\n`);
      const what = unused.length === 1 ? "this image" : `these ${unused.length} images`;
      if (!yes && !(await confirmed(`Remove ${what}?`, io))) {
        io.stdout.write("Nothing was removed\n");
        return;
      }
      const gone = await removeImages(engine, unused, io.signal);
      const left = unused.length - gone.length;
      const why = left > 0 ? `; ${left} stay, since other images stand on them` : "";
      io.stdout.write(`Removed ${gone.length} of ${unused.length}${why}\n`);
    });
};

/**
 * Every tag is in use but those of this project's images that no environment of it has any more. In no project, all are:
 * then only what a later build has taken the tag of is unused.
 */
async function tagsInUse(folder: string, io: Io): Promise<(tag: string) => boolean> {
  const project = await projectAt(folder, io.files, io.signal).catch((error) => {
    if (!(error instanceof AirlockError) || error.code !== "project-not-found") throw error;
    return undefined;
  });
  if (!project?.parent) return () => true;
  const { parseReference, familiarName } = await import("../../docker/reference");
  const wanted = new Set(buildSteps(project).map(({ reference }) => familiarName(parseReference(reference))));
  const own = `${familiarName(parseReference(project.parent.image.reference))}/`;
  return (tag) => {
    const repository = tag.slice(0, tag.lastIndexOf(":"));
    return !repository.startsWith(own) || wanted.has(repository);
  };
}

function imageTable(images: readonly UnusedImage[]): string[] {
  return table([
    ["IMAGE", "TAGS", "CREATED", "SIZE"],
    ...images.map(({ id, name, tags, created, size }) => [
      `${name} ${id.replace(/^sha256:/, "").slice(0, 12)}`,
      tags.join(", ") || "-",
      shownTime(created),
      `${Math.round(size / 1e6)} MB`,
    ]),
  ]);
}
