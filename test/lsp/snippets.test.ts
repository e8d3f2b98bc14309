import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DockerfileParser } from "dockerfile-ast";
import * as z from "zod";
import { isolatedTasks } from "../../src/dag/isolated-tasks";
import { parse } from "../../src/dag/syntax";
import { repository } from "./client";

const snippets = z.record(
  z.string(),
  z.object({
    prefix: z.string().regex(/^airlock-/),
    description: z.string().min(1),
    body: z.array(z.string()),
  }),
);

function read(name: string): { readonly prefix: string; readonly body: string }[] {
  const all = snippets.parse(JSON.parse(readFileSync(join(repository, "snippets", name), "utf8")));
  return Object.values(all).map(({ prefix, body }) => ({ prefix, body: body.join("\n") }));
}

/** What an editor types for a snippet when every proposal is accepted: the defaults, and the `choice`th of each choice. */
function expand(body: string, choice = 0): string {
  const defaults = new Map<string, string>();
  const plain = (text: string) => text.replace(/\\([\\$}|,])/g, "$1");
  return plain(
    body
      .replace(/(?<!\\)\$\{(\d+)\|([^|]*)\|\}/g, (_, __, options: string) => options.split(",")[choice] ?? "")
      .replace(/(?<!\\)\$\{(\d+):((?:[^\\}]|\\.)*)\}/g, (_, stop: string, text: string) => {
        const known = defaults.get(stop) ?? text;
        defaults.set(stop, known);
        return known;
      })
      .replace(/(?<!\\)\$\{CURRENT_YEAR\}/g, "2026")
      .replace(/(?<!\\)\$\d+/g, ""),
  );
}

function errorsOf(python: string): number {
  let errors = 0;
  parse(python).tree.iterate({
    enter: ({ type }) => {
      if (type.isError) errors += 1;
    },
  });
  return errors;
}

describe("snippets", () => {
  for (const { prefix, body } of read("python.json")) {
    for (const choice of [0, 1]) {
      it(`${prefix} (choice ${choice}) is Python with one isolated task`, () => {
        const python = expand(body, choice);
        assert.doesNotMatch(python, /\$|\\/);
        assert.equal(errorsOf(python), 0, python);
        const [task, ...others] = isolatedTasks(`from airlock_runtime import IsolatedOperator\n${python}`);
        assert.equal(others.length, 0);
        assert.ok(task?.taskId && task.environment && task.operator?.startsWith("airflow."));
        assert.deepEqual(task.problems, []);
      });
    }
  }

  for (const { prefix, body } of read("dockerfile.json")) {
    it(`${prefix} is a Dockerfile on the parent image`, () => {
      const text = expand(body);
      const dockerfile = DockerfileParser.parse(text);
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is Docker's variable
      assert.equal(dockerfile.getFROMs()[0]?.getImage(), "${BASE_IMAGE}");
      const known = ["ARG", "FROM", "COPY", "RUN", "USER"];
      assert.ok(
        dockerfile.getInstructions().every((one) => known.includes(one.getKeyword())),
        text,
      );
    });
  }

  it("have prefixes of their own", () => {
    const prefixes = [...read("python.json"), ...read("dockerfile.json")].map(({ prefix }) => prefix);
    assert.equal(new Set(prefixes).size, prefixes.length);
  });
});
