import assert from "node:assert/strict";
import type { Fingerprint, Part } from "./fingerprint";
import { type Built, builtLabel, builtLabelOf, builtOf, changesSince } from "./image-labels";

function made(parts: Record<string, string>): Fingerprint {
  const map = new Map(
    Object.entries(parts).map(([name, hash]): [string, Part] => {
      return [name, { hash, kind: name.startsWith("the ") ? "setting" : "file" }];
    }),
  );
  return { content: "c", dependencies: "d", parts: map };
}

function label(fingerprint: Fingerprint): Built {
  const built = builtOf(builtLabelOf("ruby", fingerprint, { "ruby:3": "sha256:1" }));
  assert.ok(built);
  return built;
}

describe("the label of an image that Airlock builds", () => {
  it("says what it was made from", () => {
    const { name, content, dependencies, bases } = label(made({ Dockerfile: "1" }));
    assert.deepEqual([name, content, dependencies, bases], ["ruby", "c", "d", { "ruby:3": "sha256:1" }]);
  });

  it("tells what changed since, what is new and what is gone", () => {
    const before = label(made({ Dockerfile: "1", "a/b.txt": "1", "the base x/y": "1" }));
    const now = made({ Dockerfile: "2", "a/c.txt": "1", "the base x/y": "2" });
    assert.deepEqual(changesSince(before, now), [
      "Dockerfile changed",
      "a/c.txt is new",
      "the base x/y changed",
      "a/b.txt is gone",
    ]);
    assert.deepEqual(changesSince(label(now), now), []);
  });

  it("tells folders where there are too many files", () => {
    const many = (hash: string) =>
      made(
        Object.fromEntries(
          Array.from({ length: 5000 }, (_, index) => [`data/x${index % 10}/${index}`, index ? "1" : hash]),
        ),
      );
    const before = label(many("1"));
    assert.ok(JSON.stringify(before).length < 20_000);
    assert.deepEqual(changesSince(before, many("2")), ["data/x0 changed"]);
  });

  it("is none where somebody else has built it, or written it", () => {
    assert.equal(builtOf({}), undefined);
    assert.equal(builtOf({ [builtLabel]: "{}" }), undefined);
    assert.equal(builtOf({ [builtLabel]: "x" }), undefined);
  });
});
