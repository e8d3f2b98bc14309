import { commands } from "../../protocol/commands";
import type { ImageJobs } from "../image-jobs";
import { chooseEnvironment, chooseProject, isImage } from "../projects";
import { pushImages } from "../push-images";

/** Pushes the image of one environment. */
export async function push(jobs: ImageJobs, argument: unknown): Promise<boolean> {
  const chosen = await chooseEnvironment(argument, commands.push.title, isImage);
  return chosen ? pushImages(jobs, chosen.project, [chosen.name]) : false;
}

/** Pushes the parent image and those of all environments. */
export async function pushAllImages(jobs: ImageJobs): Promise<boolean> {
  const project = await chooseProject(commands.pushAll.title);
  return project ? pushImages(jobs, project) : false;
}
