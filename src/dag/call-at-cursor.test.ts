import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { type CallAtCursor, callAtCursor } from "./call-at-cursor";
import { withCursor } from "./testing/with-cursor";

function at(source: string): CallAtCursor | undefined {
  const { text, offset } = withCursor(source);
  return callAtCursor(text, offset);
}

/** The call's short form: what is called, where in it the cursor is, and the names that are given. */
function short(source: string): string {
  const call = at(source);
  if (!call) return "none";
  const where =
    call.at.kind === "name"
      ? `name '${call.at.prefix}'${call.at.assigned ? "=" : ""}`
      : `${call.at.string ? "string" : "value"} of ${call.at.argument?.name ?? "?"} '${call.at.prefix}'`;
  const names = call.arguments.map((argument) => argument.name ?? "?").join(",");
  return `${call.callee}${call.nesting.join("")} ${where} (${names})`;
}

describe("callAtCursor", () => {
  const cases: readonly [source: string, expected: string][] = [
    ["f(|)", "f name '' ()"],
    ["f(|", "f name '' ()"],
    ["f(ba|", "f name 'ba' (?)"],
    ["f(a=1, ba|)", "f name 'ba' (a,?)"],
    ["f(a=1, ba|=2)", "f name 'ba'= (a,ba)"],
    ["f(a=|)", "f value of a '' (a)"],
    ["f(a=x.y|)", "f value of a 'x.y' (a)"],
    ["f(a=x.|)", "f value of a 'x.' (a)"],
    ['f(a="da|ta", b=1)', "f string of a 'da' (a,b)"],
    ['f(a="da|', "f string of a 'da' (a)"],
    ['f(a="da|, b=1)\n', "f string of a 'da' (a)"],
    ["f(a=\n  |\n  b=1)", "f value of a '' (a,b)"],
    ['f(\n  a="x"\n  |\n  b=1,\n)', "f name '' (a,b)"],
    ['f(\n  a="x"\n  op|\n)', "f name 'op' (a)"],
    ["f(\n  a=1 +\n  op|\n)", "f value of a 'op' (a)"],
    ['f(\n  a="x",\n  re|\n  b="y",\n)', "f name 're' (a,?,b)"],
    ["f(a={|", "f{ value of a '' (a)"],
    ['f(a={"k|": 1})', "f{ string of a 'k' (a)"],
    ["f(a=g(|), b=2)", "g name '' ()"],
    ["f(a=g(1), |b=2)", "f name '' (a,b)"],
    ["m.f(|)", "m.f name '' ()"],
    ["f.partial(a=1).expand(|)", ".expand name '' ()"],
    ["f(key=lambda x=1, y=2: x, |)", "f name '' (key)"],
    ["f(lambda x=|1: x)", "f value of ? '' (?)"],
    ["f(**k, |)", "f name '' (**)"],
    ["f(a=1)|", "none"],
    ["f(# |\n)", "none"],
    ["f(\n  # text, b=|\n)", "none"],
    ["def f(|", "none"],
    ["class A(|", "none"],
    ["|", "none"],
    ['f"""a( |', "none"],
    ["(|", "none"],
    ["if (|", "none"],
    [") ] } f(|", "f name '' ()"],
  ];
  for (const [source, expected] of cases) {
    it(JSON.stringify(source), () => assert.equal(short(source), expected));
  }

  it("ends an unclosed call where the next statement begins", () => {
    const source =
      'with DAG("d"):\n    a = Iso(\n        task_id="x",\n        |\n    b = Iso(task_id="y", image="z")\n';
    assert.equal(short(source), "Iso name '' (task_id)");
  });

  it("reads arguments at the statement's own indentation", () => {
    assert.equal(short("f(\na=1,\n|\nb=2,\n)"), "f name '' (a,b)");
  });

  it("gives the chain of enclosing calls", () => {
    const call = at("outer(a=inner(b=|))");
    assert.equal(call?.outer?.callee, "outer");
    assert.equal(call?.outer?.at.kind === "value" && call.outer.at.argument?.name, "a");
  });

  it("gives the call that a chain goes on from", () => {
    assert.equal(at("Iso.partial(a=1).expand(|)")?.receiver?.callee, "Iso.partial");
  });

  it("replaces a whole closed string, and of an unclosed one the word", () => {
    const range = (source: string) => {
      const { text, offset } = withCursor(source);
      const call = callAtCursor(text, offset);
      return call && text.slice(call.at.range.from, call.at.range.to);
    };
    assert.equal(range('f(a="da|ta team")'), "data team");
    assert.equal(range('f(a="da|ta, b=1)\n'), "data");
  });
});
