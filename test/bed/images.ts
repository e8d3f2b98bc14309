import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type Docker from "dockerode";
import { aptInstall } from "./apt";
import type { Bed, Part } from "./bed";
import { debianHash, debianTarball } from "./debootstrap";
import { bedDocker } from "./engine";
import { buildImage, importImage } from "./image-build";
import { type BuildRecipe, oldestRecipes, type Recipe, recipes } from "./image-recipes";

/** Holds the hash of all that the image was made from: `up` skips what is current. */
const label = "airlock-test.inputs";
const folder = join(__dirname, "images");
const certificates = "/etc/ssl/certs/ca-certificates.crt";

/** The images that the tests run, in the engine. They stay there when the bed goes down. */
export const images = {
  name: "images",
  needs: ["engine"],
  up: (bed: Bed) => makeAll(bed, recipes),
  async down() {},
} as const satisfies Part;

/** Those that only the long suites run. */
export const imagesOldest = {
  name: "images-oldest",
  needs: ["engine", "images"],
  up: (bed: Bed) => makeAll(bed, oldestRecipes),
  async down() {},
} as const satisfies Part;

/** Makes the images, each as soon as what it is built upon is there. @throws what the first that failed threw. */
async function makeAll(bed: Bed, wanted: readonly Recipe[]): Promise<void> {
  if (!existsSync(certificates)) await aptInstall(bed, { packages: ["ca-certificates"] });
  const docker = bedDocker(bed.cache);
  const made = new Map<string, Promise<string | undefined>>();
  for (const recipe of wanted) {
    const base = "base" in recipe ? (made.get(recipe.base) ?? hashInEngine(docker, recipe.base)) : undefined;
    made.set(
      recipe.tag,
      Promise.resolve(base).then((hash) => make(bed, docker, recipe, hash)),
    );
  }
  // All of them, so that nothing still builds when the first failure is told.
  const results = await Promise.allSettled(made.values());
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}

/** Makes one image unless it is current, and returns its hash. */
async function make(bed: Bed, docker: Docker, recipe: Recipe, baseHash = ""): Promise<string> {
  const context = "base" in recipe ? contextOf(recipe) : new Map<string, Buffer>();
  const hash = "base" in recipe ? contextHash(baseHash, context) : debianHash(recipe.debian);
  if ((await hashInEngine(docker, recipe.tag)) === hash) {
    bed.say(`${recipe.tag} is up to date`);
    return hash;
  }
  const labels = { [label]: hash };
  const started = Date.now();
  if ("base" in recipe) {
    const [pins] = recipe.files;
    const args = { BASE: recipe.base, ...(pins && { PINS: pins }) };
    await buildImage(docker, { tag: recipe.tag, context, args, labels });
  } else {
    await importImage(docker, recipe.tag, await debianTarball(bed, recipe.debian), labels);
  }
  bed.say(`made ${recipe.tag} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return hash;
}

function contextOf(recipe: BuildRecipe): Map<string, Buffer> {
  const context = new Map([["Dockerfile", readFileSync(join(folder, recipe.dockerfile))]]);
  for (const file of recipe.files) context.set(file, readFileSync(join(folder, file)));
  if (recipe.certificates) context.set("ca-certificates.crt", readFileSync(certificates));
  return context;
}

function contextHash(baseHash: string, context: ReadonlyMap<string, Buffer>): string {
  const hash = createHash("sha256").update(baseHash);
  for (const [name, content] of context) hash.update(`\0${name}\0${content.length}\0`).update(content);
  return hash.digest("hex");
}

async function hashInEngine(docker: Docker, tag: string): Promise<string | undefined> {
  return docker
    .getImage(tag)
    .inspect()
    .then(
      ({ Config }) => Config.Labels?.[label],
      () => undefined,
    );
}
