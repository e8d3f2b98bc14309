import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { aptInstall, isRootOnDebian } from "./apt";
import type { Bed } from "./bed";
import { missing } from "./errors";
import { run } from "./run";

/** A small Debian as `debootstrap` makes it. */
export interface Debian {
  readonly suite: string;
  readonly include: readonly string[];
}

/** Not needed in an image; made anew by whoever misses it. */
const ballast = ["var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale"];

/** Tells one tarball's inputs from another's. */
export function debianHash(debian: Debian): string {
  return createHash("sha256")
    .update(JSON.stringify([debian.suite, debian.include, ballast]))
    .digest("hex");
}

/**
 * The root file system as a tarball in the cache, made where it is not there yet.
 * @throws `missing` where this machine cannot make it.
 */
export async function debianTarball(bed: Bed, debian: Debian): Promise<string> {
  const folder = join(bed.cache, "debian");
  const tarball = join(folder, `${debian.suite}-${debianHash(debian).slice(0, 12)}.tar`);
  if (existsSync(tarball)) return tarball;
  if (!isRootOnDebian()) {
    throw missing(
      `base images (debootstrap makes ${debian.suite})`,
      "run the bed once as root on Debian 12, or in a privileged container of it",
    );
  }
  await aptInstall(bed, { packages: ["debootstrap", "debian-archive-keyring"] });
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, `${debian.suite}-`));
  const started = Date.now();
  try {
    const root = join(work, "root");
    await run("debootstrap", [
      "--variant=minbase",
      `--include=${debian.include.join(",")}`,
      debian.suite,
      root,
    ]);
    for (const path of ballast) rmSync(join(root, path), { recursive: true, force: true });
    for (const path of ["var/cache/apt/archives/partial", "var/lib/apt/lists/partial"]) {
      mkdirSync(join(root, path), { recursive: true });
    }
    await run("tar", ["-C", root, "--numeric-owner", "-cf", join(work, "root.tar"), "."]);
    renameSync(join(work, "root.tar"), tarball);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  bed.say(`debootstrap made ${debian.suite} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return tarball;
}
