import type { Connection } from "vscode-languageserver";
import { formatPlace, type Place } from "../../base/errors";
import type { Environment, ImageName, Project } from "../../project/model";
import {
  type EnvironmentsResult,
  environmentsRequest,
  imagesChanged,
  imagesChangedParams,
  refresh,
  type ShownEnvironment,
  type ShownProject,
  trust,
} from "../../protocol/messages";
import type { Images } from "../images";
import type { Session } from "../session";

/** The Environments view: what it shows, and the notifications by which it may change. */
export function handleEnvironments(connection: Connection, { projects, images }: Session): void {
  connection.onRequest(environmentsRequest, async (): Promise<EnvironmentsResult> => {
    await projects.ready;
    return { complete: projects.complete, projects: projects.all.map((project) => shown(project, images)) };
  });
  connection.onNotification(refresh, () => {
    images.forget();
    projects.discoverSoon();
  });
  connection.onNotification(trust, () => images.trust());
  connection.onNotification(imagesChanged, (params: unknown) => {
    images.forget(imagesChangedParams.safeParse(params).data?.references);
  });
}

function shown(project: Project, images: Images): ShownProject {
  const { root, name, kind, parent, environments, problems } = project;
  return {
    root,
    name,
    kind,
    problems: copy(problems),
    environments: environments.map((environment) => shownEnvironment(environment, images)),
    ...(parent && {
      parent: {
        dockerfile: parent.dockerfile,
        image: shownImage(parent.image, images),
        files: copy(parent.files),
        requirements: copy(parent.requirements),
        packages: copy(parent.packages),
        problems: copy(parent.problems),
      },
    }),
  };
}

function shownEnvironment(environment: Environment, images: Images): ShownEnvironment {
  const { name, requirements, problems } = environment;
  const read = { name, requirements: copy(requirements), problems: copy(problems) };
  if (environment.kind === "venv") {
    const { python, place } = environment;
    return { ...read, kind: "venv", python, place: { ...place }, files: [], packages: [] };
  }
  const { folder, dockerfile, image, base, packages, files } = environment;
  return {
    ...read,
    kind: "image",
    folder,
    dockerfile,
    image: shownImage(image, images),
    base:
      base.kind === "parent" ? "the parent image" : base.kind === "environment" ? base.name : base.reference,
    packages: copy(packages),
    files: copy(files),
  };
}

function shownImage(
  { reference, from }: ImageName,
  images: Images,
): { reference: string; from: string; state: ReturnType<Images["state"]> } {
  return {
    reference,
    from: "default" in from ? from.default : formatPlace(from as Place),
    state: images.state(reference),
  };
}

/** A list that may be changed, as what crosses the connection is typed. */
function copy<T>(all: readonly T[]): T[] {
  return [...all];
}
