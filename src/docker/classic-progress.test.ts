import assert from "node:assert/strict";
import { ClassicProgress } from "./classic-progress";

describe("the classic builder's output", () => {
  it("is lines, however it is cut, without colours", () => {
    const progress = new ClassicProgress();
    const lines = [
      "Step 1/2 : FROM a\n",
      " ---> 12\nStep 2/2",
      " : RUN x\n",
      "\u001b[91mred\u001b[0m\n50%\r100%\n",
      "end",
    ]
      .flatMap((stream) => progress.take({ stream }))
      .concat(progress.rest());
    assert.deepEqual(lines, [
      { line: "Step 1/2 : FROM a", step: { number: 1, total: 2 } },
      { line: " ---> 12" },
      { line: "Step 2/2 : RUN x", step: { number: 2, total: 2 } },
      { line: "red" },
      { line: "100%" },
      { line: "end" },
    ]);
    assert.deepEqual(progress.step, { number: 2, text: "RUN x" });
    assert.deepEqual(progress.tail, ["red", "100%", "end"]);
  });

  it("keeps the last twenty lines of the step that it is at", () => {
    const progress = new ClassicProgress();
    progress.take({ stream: "Step 1/2 : RUN a\nfirst\nStep 2/2 : RUN b\n" });
    for (let line = 1; line <= 30; line++) progress.take({ stream: `${line}\n` });
    assert.deepEqual([progress.tail.length, progress.tail[0], progress.tail.at(-1)], [20, "11", "30"]);
  });

  it("tells of a pulled base what happened, not how far it is", () => {
    const progress = new ClassicProgress();
    const told = [
      { status: "Pulling from library/python", id: "3.11" },
      { status: "Downloading", id: "abc", progressDetail: { current: 1, total: 2 } },
      { status: "Pull complete", id: "abc" },
    ].flatMap((message) => progress.take(message));
    assert.deepEqual(
      told.map(({ line }) => line),
      ["3.11: Pulling from library/python", "abc: Pull complete"],
    );
  });

  it("tells the image", () => {
    const progress = new ClassicProgress();
    progress.take({ aux: { ID: "sha256:1" } });
    assert.equal(progress.imageId, "sha256:1");
  });
});
