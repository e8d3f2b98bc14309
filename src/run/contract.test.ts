import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { answer, request, runnerEvent } from "./contract";

const folder = join(__dirname, "../../contract");
const read = (path: string): unknown => JSON.parse(readFileSync(join(folder, path), "utf8"));

describe("contract/", () => {
  for (const [name, schema] of Object.entries({ request, event: runnerEvent, answer })) {
    it(`has ${name} examples that the schema takes`, () => {
      const examples = z
        .array(z.unknown())
        .nonempty()
        .parse(read(`examples/${name}s.json`));
      for (const example of examples) assert.deepEqual(schema.safeParse(example).error?.issues, undefined);
    });

    it(`has the current ${name}.schema.json (npm run contract)`, () => {
      const { title: _, ...written } = z
        .looseObject({ title: z.string() })
        .parse(read(`${name}.schema.json`));
      assert.deepEqual(written, z.toJSONSchema(schema, { io: "input" }));
    });
  }

  it("has an example of every kind of event and question", () => {
    const examples = z.array(runnerEvent).parse(read("examples/events.json"));
    const kinds = new Set(
      examples.flatMap((e) => (e.event === "ask" ? [`ask ${e.question.kind}`] : [e.event])),
    );
    const events = [
      "ready",
      "resolved",
      "rendered",
      "log",
      "xcom",
      "detached",
      "skip",
      "outlet_event",
      "map_index",
      "outcome",
    ];
    const questions = [
      "connection",
      "variable",
      "set_variable",
      "xcom",
      "previous_run",
      "asset_events",
      "asset",
      "container",
      "container_output",
      "container_file",
    ].map((kind) => `ask ${kind}`);
    assert.deepEqual([...kinds].sort(), [...events, ...questions].sort());
  });

  it("refuses a request of another protocol", () => {
    assert.equal(request.safeParse({ protocol: 2, kind: "catalogue" }).success, false);
  });
});
