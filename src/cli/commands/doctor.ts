import { join, resolve } from "node:path";
import { isCancelled } from "../../base/abort";
import { formatError } from "../../base/errors";
import { runProgram } from "../../base/program";
import type { Probed } from "../../docker/connect";
import { projectAt } from "../../project/locate";
import type { AddCommand } from "../command";
import { cluster, type Finding, virtualenvs } from "../doctor-findings";
import { exitCodes } from "../exit";
import type { Io } from "../io";
import { table } from "../table";

/** `airlock doctor`: what Airlock finds to work with, and why not the rest. */
export const addDoctor: AddCommand = (program, io, setExitCode) => {
  program
    .command("doctor")
    .description("say which engine, registries and project are found, and why the others are not")
    .option("--project <dir>", "a folder in the project", ".")
    .action(async ({ project }: { project: string }) => {
      const folder = resolve(io.cwd, project);
      const [engine, inCluster] = await Promise.all([engines(io), cluster(folder, io)]);
      const findings = [
        engine,
        await virtualenvs(io),
        ...(inCluster ? [inCluster] : []),
        await credentials(io),
        await projects(folder, io),
      ];
      for (const { what, well, lines } of findings) {
        io.stdout.write(`${well ? "ok " : "-- "} ${what}\n`);
        for (const line of lines) io.stdout.write(`     ${line}\n`);
      }
      io.stdout.write(`ok  Node.js ${process.versions.node} on ${process.platform}/${process.arch}\n`);
      if (!engine.well) setExitCode(exitCodes.engine);
    });
};

async function engines(io: Io): Promise<Finding> {
  const { probeEndpoints } = await import("../../docker/connect");
  const probed = await probeEndpoints({ env: io.env, signal: io.signal }).catch((error) => orNone(error));
  if (!Array.isArray(probed)) return { what: "Engine: none", well: false, lines: probed.lines };
  const taken = probed.find(({ engine }) => engine)?.engine;
  const [only, ...others] = probed;
  const chosen = only && others.length === 0 ? [`${only.from} chooses it: nowhere else is looked`] : [];
  const rows = probed.map((place) => [place.from, place.name, outcomeOf(place, taken?.endpoint)]);
  const lines = [...table(rows), ...chosen];
  if (!taken) return { what: "Engine: none answers", well: false, lines };
  const { version, apiVersion, platform, builder } = taken;
  const what = `Engine: ${version} (API ${apiVersion}, ${platform}), builds by ${builder === "buildkit" ? "BuildKit" : "the classic builder"}`;
  return { what, well: true, lines };
}

function outcomeOf({ name, engine, why }: Probed, taken: string | undefined): string {
  if (!engine) return why ?? "";
  return name === taken ? "is used" : `answers too (${engine.version})`;
}

/** Where credentials come from, and whether their programs are there; never what they are. */
async function credentials(io: Io): Promise<Finding> {
  const { configFolder, readDockerConfig } = await import("../../docker/docker-config");
  const file = join(configFolder(io.env), "config.json");
  const what = `Credentials: ${file}`;
  const config = await readDockerConfig(io.env).catch((error) => orNone(error));
  if ("lines" in config) return { what, well: false, lines: config.lines };
  const helpers = [...new Set([config.credsStore, ...Object.values(config.credHelpers ?? {})])].filter(
    (helper) => helper !== undefined,
  );
  const found = await Promise.all(
    helpers.map(async (helper) => {
      const program = `docker-credential-${helper}`;
      const missing = await runProgram(program, ["version"], { env: io.env, signal: io.signal }).then(
        () => false,
        (error) => (isCancelled(error) ? Promise.reject(error) : true),
      );
      return { missing, line: missing ? `${program} is not on the path` : `${program} is there` };
    }),
  );
  const logins = Object.keys(config.auths ?? {});
  const lines = [
    logins.length > 0 ? `logins: ${logins.join(", ")}` : "no logins",
    ...found.map(({ line }) => line),
  ];
  return { what, well: !found.some(({ missing }) => missing), lines };
}

async function projects(folder: string, io: Io): Promise<Finding> {
  const project = await projectAt(folder, io.files, io.signal).catch((error) => orNone(error));
  if ("lines" in project) return { what: "Project: none", well: false, lines: project.lines };
  const { name, root, parent, environments } = project;
  const problems = [project, ...(parent ? [parent] : []), ...environments].flatMap((part) => part.problems);
  const wrong = problems.length > 0 ? [`${count(problems, "problem")}: airlock envs shows what`] : [];
  return {
    what: `Project: ${name} (${root})`,
    well: wrong.length === 0,
    lines: [`parent ${parent?.image.reference ?? "none"}, ${count(environments, "environment")}`, ...wrong],
  };
}

/** A failure as lines; a cancelled command is none. */
function orNone(error: unknown): { readonly lines: readonly string[] } {
  if (isCancelled(error)) throw error;
  return { lines: formatError(error).split("\n") };
}

function count(things: readonly unknown[], thing: string): string {
  return `${things.length} ${thing}${things.length === 1 ? "" : "s"}`;
}
