import { isAbsolute, join, relative, sep } from "node:path";
import { AirlockError } from "../base/errors";
import type { Project } from "../project/model";

/** Where a project's files are in an image: its code lies in Airflow's home, as its Dockerfile copies it. */
export interface PathMap {
  /** The path inside the image. @throws `outside-project` for a file that is not below the project's root. */
  toImage(path: string): string;
  /** A text (a traceback, a log line) with the image's paths of the project's code made the user's own. */
  toHost(text: string): string;
  /** One path of the image as the user's; as it is where it is not the project's. */
  pathToHost(path: string): string;
  /** Airflow's home in the image. */
  readonly home: string;
}

export function pathMap(project: Pick<Project, "root" | "code">, home: string): PathMap {
  const folders = project.code.map((folder) => ({
    inImage: `${home}/${folder}/`,
    onHost: `${join(project.root, folder)}${sep}`,
  }));
  return {
    home,
    toImage(path) {
      const inside = relative(project.root, path);
      if (inside.startsWith("..") || isAbsolute(inside)) throw outsideProject(path, project.root);
      return `${home}/${inside.split(sep).join("/")}`;
    },
    toHost: (text) => folders.reduce((done, { inImage, onHost }) => done.replaceAll(inImage, onHost), text),
    pathToHost(path) {
      const folder = folders.find(({ inImage }) => path.startsWith(inImage));
      return folder ? folder.onHost + path.slice(folder.inImage.length).split("/").join(sep) : path;
    },
  };
}

function outsideProject(path: string, root: string): AirlockError {
  return new AirlockError({
    kind: "usage",
    code: "outside-project",
    message: `${path} is not in the project ${root}`,
    next: "Give a DAG file of the project's dags/ folder",
  });
}
