import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { diskFiles } from "../../base/files";
import { discoverProjects } from "../discover";
import type { Project } from "../model";
import { type TempFolder, type Tree, tempFolder } from "./temp-folder";

/** Discovery in a folder of each test's own. */
export interface Discovery {
  /** Where the trees are written; a new one for each test. */
  readonly folder: TempFolder;
  /** The projects below `root` once the tree is written. */
  discover(tree: Tree, root?: string): Promise<Project[]>;
  /** The only project in `fitness/`. */
  one(tree: Tree): Promise<Project>;
  /** The problems of a project and all its images, as `file:line message`. */
  told(project: Project): string[];
}

/** Registers the hooks that make and remove the folder; call it inside of a `describe`. */
export function discovery(): Discovery {
  let folder: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder();
  });
  afterEach(() => folder.remove());

  const discover = async (tree: Tree, root = "."): Promise<Project[]> => {
    await folder.write(tree);
    return discoverProjects([join(folder.path, root)], diskFiles);
  };
  return {
    get folder() {
      return folder;
    },
    discover,
    async one(tree) {
      const projects = await discover(tree, "fitness");
      assert.equal(projects.length, 1);
      return projects[0] as Project;
    },
    told: (project) =>
      [project, ...(project.parent ? [project.parent] : []), ...project.environments].flatMap((part) =>
        part.problems.map(
          ({ place, message }) => `${relative(folder.path, place.file)}:${place.line ?? ""} ${message}`,
        ),
      ),
  };
}
