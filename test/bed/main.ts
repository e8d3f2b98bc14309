import { formatError } from "../../src/base/errors";
import { bedEnv, exportsOf } from "./env";
import { isMissing } from "./errors";
import { isPartName, type PartName, parts } from "./parts";
import { bringDown, bringUp } from "./up";

const all = parts.map(({ name }) => name);
const usage = `usage: npm run bed:up|bed:down [-- PART…], npm run bed:env      parts: ${all.join(", ")}`;

/** @returns the exit code. */
async function main(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const [command, ...names] = args;
  const asked = names.filter(isPartName);
  if (asked.length < names.length) {
    console.error(`There is no part ${names.find((name) => !isPartName(name))}\n${usage}`);
    return 2;
  }
  switch (command) {
    case "up":
      return up(asked, env);
    case "down":
      await bringDown(asked.length > 0 ? asked : all, env);
      return 0;
    case "env":
      for (const [name, value] of Object.entries(exportsOf(bedEnv(env)))) {
        console.log(`export ${name}='${value.replaceAll("'", "'\\''")}'`);
      }
      return 0;
    default:
      console.error(usage);
      return 2;
  }
}

/** What this machine cannot have counts as a failure where it was asked for by name, and on CI. */
async function up(asked: readonly PartName[], env: NodeJS.ProcessEnv): Promise<number> {
  const failures = await bringUp(asked.length > 0 ? asked : all, env);
  const strict = asked.length > 0 || Boolean(env["CI"]);
  return [...failures.values()].some((error) => strict || !isMissing(error)) ? 1 : 0;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(formatError(error));
    process.exitCode = 1;
  },
);
