import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { bedEnv } from "../test/bed/env";

const version = "v0.12.1";

/**
 * A Docker configuration folder with the plugin `buildx`, by which `docker build` builds since Docker 23: Debian's packages
 * do not have it. It is compiled once, with Go.
 */
export function dockerWithBuildx(): NodeJS.ProcessEnv {
  const folder = join(bedEnv().cache, "bench", `buildx-${version}`);
  const plugins = join(folder, "cli-plugins");
  const plugin = join(plugins, "docker-buildx");
  if (!existsSync(plugin)) {
    mkdirSync(plugins, { recursive: true });
    const script = `go install github.com/docker/buildx/cmd/buildx@${version} && mv "$GOBIN/buildx" "$GOBIN/docker-buildx"`;
    const { status } = spawnSync("sh", ["-c", script], {
      env: { ...process.env, GOBIN: plugins },
      stdio: "inherit",
    });
    if (status !== 0) throw new Error("buildx could not be compiled: the bench wants Go on the path");
  }
  return { DOCKER_CONFIG: folder, DOCKER_BUILDKIT: "1" };
}
