import { commands } from "../../protocol/commands";
import { buildImages } from "../build-images";
import type { ImageJobs } from "../image-jobs";
import { chooseEnvironment, chooseProject, isImage } from "../projects";

/** Builds the image of one environment, and what it stands on. */
export async function build(jobs: ImageJobs, argument: unknown): Promise<boolean> {
  const chosen = await chooseEnvironment(argument, commands.build.title, isImage);
  return chosen ? buildImages(jobs, chosen.project, [chosen.name]) : false;
}

/** Builds the parent image and those of all environments. */
export async function buildAllImages(jobs: ImageJobs): Promise<boolean> {
  const project = await chooseProject(commands.buildAll.title);
  return project ? buildImages(jobs, project) : false;
}
