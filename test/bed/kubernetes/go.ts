import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { runProgram } from "../../../src/base/program";
import { aptInstall } from "../apt";
import type { Bed } from "../bed";
import { run } from "../run";

/** What the modules in `binary/go.mod` ask for. */
const oldest = "go1.24.0";
/** What is fetched where the machine has no such Go. */
const fetched = "go1.26.8";

/** Modules, and the programs of a fetched Go, go into folders of the bed's own. */
export interface GoFolders {
  readonly modules: string;
  readonly build: string;
}

export interface Go {
  /** As in `go1.26.8`. */
  readonly version: string;
  /** The path of its `go`, which is fetched first where it must be. */
  program(): Promise<string>;
}

/** A Go that is new enough: this machine's, else one from Go's module proxy. */
export async function findGo(bed: Bed, folders: GoFolders): Promise<Go> {
  let older: string | undefined;
  for (const program of ["go", "/usr/local/go/bin/go"]) {
    const version = await versionOf(program);
    if (version && !isOlder(version, oldest)) return { version, program: async () => program };
    if (version) older ??= program;
  }
  return { version: fetched, program: () => fetchGo(bed, folders, older) };
}

/** The environment of every `go` that the bed runs. */
export function goEnv(bed: Bed, { modules, build }: GoFolders): NodeJS.ProcessEnv {
  return {
    ...bed.env,
    GOMODCACHE: modules,
    GOCACHE: build,
    // Module folders that can be removed like any other.
    GOFLAGS: "-modcacherw",
    // The one that is called, not one that it would choose to fetch, nor another's library.
    GOTOOLCHAIN: "local",
    GOROOT: undefined,
    GOWORK: "off",
    CGO_ENABLED: "0",
  };
}

/** Whether a Go version is older than another; a release candidate counts as its release. */
export function isOlder(version: string, than: string): boolean {
  const [a = [], b = []] = [version, than].map((each) => (each.match(/\d+/g) ?? []).slice(0, 3).map(Number));
  for (const [at, wanted] of b.entries()) {
    const own = a[at] ?? 0;
    if (own !== wanted) return own < wanted;
  }
  return false;
}

/**
 * Every Go can fetch every other: toolchains are modules (go.dev/doc/toolchain, "golang.org/toolchain"), checked
 * against Go's checksum database like any. Debian's own is too old to do so unasked, and new enough to do it asked.
 */
async function fetchGo(bed: Bed, folders: GoFolders, older: string | undefined): Promise<string> {
  if (!older) await aptInstall(bed, { packages: ["golang-go"] });
  const platform = `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
  const toolchain = `golang.org/toolchain@v0.0.1-${fetched}.${platform}`;
  const answer = await run(older ?? "go", ["mod", "download", "-json", toolchain], {
    cwd: "/",
    env: goEnv(bed, folders),
  });
  const { Dir: folder } = z.object({ Dir: z.string() }).parse(JSON.parse(answer));
  // Modules are unpacked without the right to execute.
  for (const programs of ["bin", join("pkg", "tool", platform.replace("-", "_"))]) {
    for (const name of readdirSync(join(folder, programs))) chmodSync(join(folder, programs, name), 0o755);
  }
  bed.say(`fetched ${fetched}`);
  return join(folder, "bin", "go");
}

async function versionOf(program: string): Promise<string | undefined> {
  const env = { ...process.env, GOTOOLCHAIN: "local" };
  const result = await runProgram(program, ["env", "GOVERSION"], { cwd: "/", env }).catch(() => undefined);
  return result?.code === 0 ? result.stdout.trim() : undefined;
}
