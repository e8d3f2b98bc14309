/**
 * Writes docs/comparison.md from what the tests hold the styles of isolation to; with `--check` it only looks whether the
 * page is that, for `npm run lint`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cell, fitnessTests, type Style, styles } from "../test/airflow/production/styles";

const page = join(__dirname, "../docs/comparison.md");

function comparison(): string {
  return `# Styles of isolation, compared

\`examples/fitness\` puts six tasks to each style of isolation that Airflow's users know, each written as well as that style
allows; \`dags/styles\` has the DAG files, and each says at its top what it had to do without.

${table(["", ...fitnessTests], styles.map(row))}

**Whole**: as in the task's description. **In part**: it runs, but something of it is done by hand, elsewhere or with less.
**No**: it does not run.

The table is written by \`npm run comparison\` from \`test/airflow/production/styles.ts\`, which also says what each task returns.
Tests run all of it on Airflow 3, and on Airflow 2 what its DAG file is for, and hold them to that: by Airflow itself
(\`test/airflow/production\`), and by \`airlock run\` on one machine, without a cluster (\`test/styles/styles.test.ts\`). What a style
leaves out is tried too, and must fail as the table says (\`test/airflow/production/dags/refused.py\`).

${table(
  ["style", "DAG file"],
  styles.map(({ name, file }) => [name, `\`examples/fitness/dags/${file}\``]),
)}
`;
}

function row(style: Style): string[] {
  return [`**${style.name}**`, ...style.cells.map(cell)];
}

function cell({ does, why }: Cell): string {
  return `**${does}**: ${why.replaceAll("|", "\\|")}`;
}

function table(head: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const written = comparison();
if (!process.argv.includes("--check")) {
  writeFileSync(page, written);
} else if (readFileSync(page, "utf8") !== written) {
  console.error("docs/comparison.md is not what the tests say: npm run comparison");
  process.exitCode = 1;
}
