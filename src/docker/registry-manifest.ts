import * as z from "zod";
import type { AirlockError } from "../base/errors";
import { parseReference } from "./reference";
import { askRegistry, type Registry, type RegistryOptions } from "./registry";
import { variablesOf } from "./variables";

// Docker's own types and those of the OCI image specification; the first two name an image for each platform.
const indexTypes = [
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.index.v1+json",
];
const imageTypes = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
];
const accept = [...indexTypes, ...imageTypes].join(", ");

const manifestSchema = z.object({ config: z.object({ digest: z.string() }) });
const indexSchema = z.object({
  manifests: z.array(
    z.object({
      digest: z.string(),
      platform: z.object({ os: z.string(), architecture: z.string() }).nullish(),
    }),
  ),
});
const configSchema = z.object({
  os: z.string().default(""),
  architecture: z.string().default(""),
  created: z.coerce.date().optional().catch(undefined),
  config: z
    .object({
      Labels: z.record(z.string(), z.string()).nullish(),
      Env: z.array(z.string()).nullish(),
      WorkingDir: z.string().nullish(),
    })
    .nullish(),
});

/** An image as its registry has it. */
export interface RegistryImage {
  /** Of what the tag names. */
  readonly digest: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string;
  /** e.g. `linux/amd64` */
  readonly platform: string;
}

/**
 * What a registry's tag names.
 * @returns its digest; undefined where the registry has no such image.
 * @throws AirlockError as `registryTags`.
 */
export function registryDigest(
  reference: string,
  options: RegistryOptions = {},
): Promise<string | undefined> {
  return askRegistry(reference, options, (registry) => manifestDigest(registry, nameOf(reference)));
}

/** As `registryDigest`, of a repository that is being asked already. @param name tag or digest */
export async function manifestDigest(registry: Registry, name: string): Promise<string | undefined> {
  const response = await askManifest(registry, name, "HEAD");
  // The body of an answer to HEAD is none.
  return response && digestOf(response);
}

/**
 * When an image was made, as its configuration says; of one for several platforms when the first was.
 * @param name tag or digest
 * @returns undefined where it does not say.
 */
export async function madeAt(registry: Registry, name: string): Promise<Date | undefined> {
  const response = await askManifest(registry, name, "GET");
  const manifest = response && (await imageManifest(registry, await response.json()));
  const config = manifest && (await configOf(registry, manifest));
  return config?.created;
}

/**
 * An image's labels, without fetching it.
 * @param platform which one of several, e.g. `linux/amd64`.
 * @returns undefined where the registry has no such image, or none for the platform.
 * @throws AirlockError as `registryTags`.
 */
export function registryImage(
  reference: string,
  platform: string,
  options: RegistryOptions = {},
): Promise<RegistryImage | undefined> {
  return askRegistry(reference, options, async (registry) => {
    const response = await askManifest(registry, nameOf(reference), "GET");
    if (!response) return undefined;
    const digest = digestOf(response);
    const manifest = await imageManifest(registry, await response.json(), platform);
    if (!manifest || digest === undefined) return undefined;
    const { os, architecture, config } = await configOf(registry, manifest);
    return {
      digest,
      labels: config?.Labels ?? {},
      env: variablesOf(config?.Env ?? []),
      workingDir: config?.WorkingDir || "/",
      platform: `${os}/${architecture}`,
    };
  });
}

/**
 * Gives an image that a registry has another tag there. Nothing is fetched, and no layer is sent.
 * @throws AirlockError as `registryTags`; `registry-failed` where it has no such image.
 */
export function tagInRegistry(reference: string, tag: string, options: RegistryOptions = {}): Promise<void> {
  return askRegistry(reference, options, async (registry) => {
    const response = await registry.ask(`manifests/${nameOf(reference)}`, { headers: { accept } });
    if (!response.ok) throw refused(registry, response);
    const type = response.headers.get("content-type") ?? imageTypes[0] ?? "";
    const body = await response.text();
    const written = await registry.ask(`manifests/${tag}`, {
      method: "PUT",
      headers: { "content-type": type },
      body,
    });
    if (!written.ok) throw registry.refused(written, `does not take the tag ${tag}`);
  });
}

async function askManifest(registry: Registry, name: string, method: string): Promise<Response | undefined> {
  const response = await registry.ask(`manifests/${name}`, { method, headers: { accept } });
  if (response.status === 404) return undefined;
  if (!response.ok) throw refused(registry, response);
  return response;
}

async function configOf(registry: Registry, manifest: z.infer<typeof manifestSchema>) {
  const blob = await registry.ask(`blobs/${manifest.config.digest}`);
  if (!blob.ok) throw refused(registry, blob);
  return configSchema.parse(await blob.json());
}

/** @param platform which one of several; the first without it */
async function imageManifest(
  registry: Registry,
  manifest: unknown,
  platform?: string,
): Promise<z.infer<typeof manifestSchema> | undefined> {
  const index = indexSchema.safeParse(manifest);
  if (!index.success) return manifestSchema.parse(manifest);
  const wanted = index.data.manifests.find(
    (one) =>
      platform === undefined ||
      (one.platform && `${one.platform.os}/${one.platform.architecture}` === platform),
  );
  const response = wanted && (await askManifest(registry, wanted.digest, "GET"));
  return response && manifestSchema.parse(await response.json());
}

function nameOf(reference: string): string {
  const { tag, digest } = parseReference(reference);
  return digest ?? tag ?? "latest";
}

/** `Docker-Content-Digest` (distribution spec, "Pulling manifests"). */
function digestOf(response: Response): string | undefined {
  return response.headers.get("docker-content-digest") ?? undefined;
}

function refused(registry: Registry, response: Response): AirlockError {
  return registry.refused(response, "does not show the image");
}
