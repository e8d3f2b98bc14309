import type { Part } from "./bed";
import { engine } from "./engine";
import { images, imagesOldest } from "./images";
import { kubernetes } from "./kubernetes/kubernetes";
import { podman } from "./podman";
import { postgres } from "./postgres";
import { python } from "./python";
import { registry } from "./registry";
import { ssh } from "./ssh";
import { vscode } from "./vscode";

export type PartName =
  | "engine"
  | "images"
  | "images-oldest"
  | "registry"
  | "postgres"
  | "python"
  | "kubernetes"
  | "ssh"
  | "podman"
  | "vscode";

/** Every part of the bed, each behind what it needs. */
export const parts: readonly (Part & { readonly name: PartName })[] = [
  engine,
  images,
  imagesOldest,
  registry,
  postgres,
  python,
  kubernetes,
  ssh,
  podman,
  vscode,
];

export function isPartName(name: string): name is PartName {
  return parts.some((part) => part.name === name);
}
