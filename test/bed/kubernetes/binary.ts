import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Bed } from "../bed";
import { run } from "../run";
import { findGo, goEnv } from "./go";

const sources = join(__dirname, "binary");

/** Which packages say the version of what is compiled in: release builds set it by the linker, and so do we. */
const versionPackages = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"];

/**
 * Kubernetes in one program (`binary/main.go`), compiled where the cache lacks it: minutes, on two cores.
 * @returns its path. @throws with the compiler's output.
 */
export async function kubernetesBinary(bed: Bed): Promise<string> {
  const folder = join(bed.cache, "kubernetes", "bin");
  const work = join(bed.cache, "kubernetes", "go");
  const folders = { modules: join(work, "modules"), build: join(work, "build") };
  const go = await findGo(bed, folders);
  const flags = ["-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags", linkerFlags()];
  const binary = join(folder, `kubernetes-${keyOf([go.version, process.arch, ...flags])}`);
  if (existsSync(binary)) return binary;

  const started = Date.now();
  mkdirSync(folder, { recursive: true });
  const program = await go.program();
  const env = goEnv(bed, folders);
  bed.say(`compiles Kubernetes with ${go.version}, which takes minutes`);
  // Only what other parts leave of the processor: they have servers that must answer in time.
  const build = ["-n", "10", program, "build", ...flags, "-o", `${binary}.new`, "."];
  await run("nice", build, { cwd: sources, env });
  renameSync(`${binary}.new`, binary);
  // Gigabytes that nobody reads again.
  rmSync(work, { recursive: true, force: true });
  bed.say(`compiled Kubernetes in ${((Date.now() - started) / 1000).toFixed(0)} s`);
  return binary;
}

function linkerFlags(): string {
  const [, version = "", major, minor] =
    /^\s*k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+)$/m.exec(read("go.mod")) ?? [];
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: "clean" };
  const set = versionPackages.flatMap((name) =>
    Object.entries(values).map(([key, value]) => `-X ${name}.${key}=${value}`),
  );
  return ["-s -w", ...set].join(" ");
}

/** Tells one binary's inputs from another's. */
function keyOf(inputs: readonly string[]): string {
  const hash = createHash("sha256").update(JSON.stringify(inputs));
  for (const file of ["main.go", "pods.go", "go.mod", "go.sum"]) hash.update(read(file));
  return hash.digest("hex").slice(0, 12);
}

const read = (file: string) => readFileSync(join(sources, file), "utf8");
