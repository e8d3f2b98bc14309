import { resolve } from "node:path";
import type { BuildSettings } from "./model";
import type { Settings } from "./settings";

type Common = Settings["build"];
type Own = Common["parent"] | Common["environments"][string];

/** How one image is built: what is said of it, else of all; of arguments, labels and secrets each name by itself. */
export function buildSettings(root: string, common: Common, own: Own | undefined): BuildSettings {
  const secrets = Object.entries({ ...common.secrets, ...own?.secrets });
  return {
    args: { ...common.args, ...own?.args },
    labels: { ...common.labels, ...own?.labels },
    target: own?.target,
    platform: own?.platform ?? common.platform,
    network: own?.network ?? common.network,
    secrets: Object.fromEntries(
      secrets.map(([id, from]) => [id, "file" in from ? { file: resolve(root, from.file) } : from]),
    ),
  };
}
