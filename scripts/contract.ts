/** Writes contract/*.schema.json from the zod schemas in src/run/contract.ts; `--check` says whether they are current. */
import { readFileSync, writeFileSync } from "node:fs";
import * as z from "zod";
import { answer, request, runnerEvent } from "../src/run/contract";

/** Each schema file of the contract and what stands in it. */
export function contractSchemas(): Record<string, string> {
  const schemas = { request, event: runnerEvent, answer };
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      `contract/${name}.schema.json`,
      `${JSON.stringify({ title: `Airlock ${name}, protocol 1`, ...z.toJSONSchema(schema, { io: "input" }) }, null, 2)}\n`,
    ]),
  );
}

if (require.main === module) {
  for (const [path, text] of Object.entries(contractSchemas())) {
    if (!process.argv.includes("--check")) writeFileSync(path, text);
    else if (readFileSync(path, "utf8") !== text) {
      console.error(`${path} is not what src/run/contract.ts says: npm run contract`);
      process.exitCode = 1;
    }
  }
}
