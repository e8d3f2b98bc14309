import assert from "node:assert/strict";
import fc from "fast-check";
import { Slots, SlotsClosed } from "./slots";

describe("slots", () => {
  it("have at most so much work under way, in the order in which it came", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 0, max: 3 })),
        async (most, turns) => {
          const slots = new Slots(most);
          const begun: number[] = [];
          let under = 0;
          const work = turns.map((count, index) =>
            slots.run(async () => {
              begun.push(index);
              under += 1;
              assert.ok(under <= most);
              for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
              under -= 1;
              return index;
            }),
          );
          const all = turns.map((_, index) => index);
          assert.deepEqual(await Promise.all(work), all);
          assert.deepEqual(begun, all);
        },
      ),
    );
  });

  it("begin no more work when some has failed", async () => {
    const slots = new Slots(1);
    const failing = slots.run(() => Promise.reject(new Error("it broke")));
    const waiting = slots.run(() => assert.fail("it was begun"));
    await assert.rejects(failing, /it broke/);
    await assert.rejects(waiting, SlotsClosed);
  });
});
