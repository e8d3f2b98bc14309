import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { loadWASM, OnigScanner, OnigString } from "vscode-oniguruma";
import { type IGrammar, INITIAL, parseRawGrammar, Registry } from "vscode-textmate";
import { bedEnv } from "../bed/env";
import { repository } from "./client";

const injection = "airlock.jinja-in-python";

/** VS Code's own Python grammars, as the bed's VS Code has them, with the injection over them. */
async function loadGrammar(): Promise<IGrammar> {
  const syntaxes = join(dirname(bedEnv().vscode.server), "../extensions/python/syntaxes");
  const files: Record<string, string> = {
    "source.python": join(syntaxes, "MagicPython.tmLanguage.json"),
    "source.regexp.python": join(syntaxes, "MagicRegExp.tmLanguage.json"),
    [injection]: join(repository, "syntaxes/jinja-in-python.tmLanguage.json"),
  };
  const wasm = createRequire(__filename).resolve("vscode-oniguruma/release/onig.wasm");
  await loadWASM({ data: await readFile(wasm) });
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new OnigScanner(patterns),
      createOnigString: (text) => new OnigString(text),
    }),
    loadGrammar: async (scope) => {
      const file = files[scope];
      return file === undefined ? null : parseRawGrammar(await readFile(file, "utf8"), file);
    },
    getInjections: (scope) => (scope === "source.python" ? [injection] : undefined),
  });
  const grammar = await registry.loadGrammar("source.python");
  assert.ok(grammar);
  return grammar;
}

describe("the Jinja grammar in Python", () => {
  let grammar: IGrammar;
  before(async () => {
    grammar = await loadGrammar();
  });

  /** The pieces of a source that are coloured as Jinja, by their innermost scope. */
  function jinja(source: string): string[] {
    let stack = INITIAL;
    return source.split("\n").flatMap((line) => {
      const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
      stack = ruleStack;
      return tokens.flatMap(({ startIndex, endIndex, scopes }) => {
        const text = line.slice(startIndex, endIndex).trim();
        const scope = scopes.findLast((one) => one.endsWith(".jinja"));
        return scope !== undefined && text !== "" ? [`${text} ${scope}`] : [];
      });
    });
  }

  const begin = (text: string) => `${text} keyword.control.jinja`;

  it("colours expressions in strings of every kind of quote", () => {
    for (const quote of ["'", '"', "'''", '"""']) {
      assert.deepEqual(jinja(`sql=${quote}SELECT {{ ds }}${quote}`), [
        begin("{{"),
        "ds variable.other.jinja",
        begin("}}"),
      ]);
    }
  });

  it("colours filters, properties, calls, text and numbers", () => {
    assert.deepEqual(jinja(`x = "{{ ti.xcom_pull(task_ids='a', n=1) | default('b') }}"`), [
      begin("{{"),
      "ti variable.other.jinja",
      ". punctuation.separator.period.jinja",
      "xcom_pull variable.other.property.jinja",
      "( meta.embedded.inline.expression.jinja",
      "task_ids variable.other.jinja",
      "= keyword.operator.jinja",
      "'a' string.quoted.single.jinja",
      ", meta.embedded.inline.expression.jinja",
      "n variable.other.jinja",
      "= keyword.operator.jinja",
      "1 constant.numeric.jinja",
      ") meta.embedded.inline.expression.jinja",
      "| keyword.operator.filter.jinja",
      "default support.function.filter.jinja",
      "( meta.embedded.inline.expression.jinja",
      "'b' string.quoted.single.jinja",
      ") meta.embedded.inline.expression.jinja",
      begin("}}"),
    ]);
  });

  it("colours statements and comments, over the lines of a long string", () => {
    assert.deepEqual(jinja('x = """\n{% if x %}\na {# why #}\n{% endif %}\n"""'), [
      begin("{%"),
      "if keyword.control.jinja",
      "x variable.other.jinja",
      begin("%}"),
      "{# why #} comment.block.jinja",
      begin("{%"),
      "endif keyword.control.jinja",
      begin("%}"),
    ]);
  });

  it("leaves f-strings, sets, dictionaries, comments and bytes alone", () => {
    for (const source of [
      'f"{{ds}} {x} {{ {y} }}"',
      'F"""{{ ds }}"""',
      "x = {{1, 2}}",
      "x = {'a': {'b': 1}}",
      "# {{ ds }}",
      'b"{{ ds }}"',
      'f"{ {1: 2}[1] }"',
    ]) {
      assert.deepEqual(jinja(source), [], source);
    }
  });

  it("does not run over the end of the string while an expression is half typed", () => {
    for (const half of ['x = "{{ ds"', 'x = "{% if"', 'x = """{{ ds"""', "x = '{# a'"]) {
      assert.deepEqual(jinja(`${half}\ny = 1  # {{ ds }}\nz = {}`), [], half);
      const lines = `${half}\ny = 1`.split("\n");
      let stack = INITIAL;
      for (const line of lines) stack = grammar.tokenizeLine(line, stack).ruleStack;
      assert.equal(stack.depth, 1, half);
    }
  });
});
