import assert from "node:assert/strict";
import fc from "fast-check";
import { container as schema } from "../contract";
import { asItIs, filledIn } from "./references";

const container = (fields: object) => schema.parse({ image: "i", ...fields });

describe("references in a container's words and variables", () => {
  it("are filled in as a cluster does, from the variables before", () => {
    const { command, entrypoint, environ } = filledIn(
      container({
        references: true,
        entrypoint: ["$(A)"],
        command: ["echo $(DAY) $$(DAY) $(OTHER)", "$(DSN)"],
        environ: { A: "sh", DAY: "$(A) $(LATER)", PASSWORD: "$(A)$$", DSN: "x://$(PASSWORD)@h", LATER: "l" },
        secrets: ["PASSWORD"],
      }),
    );
    assert.deepEqual(entrypoint, ["sh"]);
    assert.deepEqual(command, ["echo sh $(LATER) $(DAY) $(OTHER)", "x://$(A)$$@h"]);
    assert.deepEqual(environ, {
      A: "sh",
      DAY: "sh $(LATER)",
      PASSWORD: "$(A)$$",
      DSN: "x://$(A)$$@h",
      LATER: "l",
    });
  });

  it("are none where an engine's own operator starts it", () => {
    const one = container({ command: ["echo $(date) $$"], environ: { A: "$(B)" } });
    assert.deepEqual(filledIn(one), one);
  });

  it("are none in a text that a pod is to have as it is", () => {
    const parts = fc.array(fc.constantFrom("$", "$(", "A", ")", "$$", " "));
    fc.assert(
      fc.property(parts, (some) => {
        const text = some.join("");
        const { command } = filledIn(
          container({ references: true, command: [asItIs(text)], environ: { A: "a" } }),
        );
        assert.deepEqual(command, [text]);
      }),
    );
  });
});
