import type { SyntaxNode } from "@lezer/common";
import type { Syntax } from "./syntax";

/** What the names of a file stand for, by its imports, wherever in the file they are. */
export interface Imports {
  /** Local name → qualified name of the module or of what stands in it. */
  readonly names: ReadonlyMap<string, string>;
}

/** Reads the imports of a file; half-typed ones are passed over. */
export function readImports({ text, tree }: Syntax): Imports {
  const names = new Map<string, string>();
  tree.iterate({
    enter: (found) => {
      if (found.name !== "ImportStatement") return isStatement(found.name);
      for (const [local, qualified] of importedBy(text, found.node)) names.set(local, qualified);
      return false;
    },
  });
  return { names };
}

/** Whether a node holds statements or is one, so that a search for statements can leave expressions out. */
export function isStatement(name: string): boolean {
  return name === "Script" || name === "Body" || name.endsWith("Statement") || name.endsWith("Definition");
}

/** The dotted name as the file's imports mean it: `bash.BashOperator` → `airflow.….bash.BashOperator`. */
export function qualify(imports: Imports, dotted: string): string {
  const [head = "", ...rest] = dotted.split(".");
  return [imports.names.get(head) ?? head, ...rest].join(".");
}

function* importedBy(text: string, statement: SyntaxNode): Iterable<[local: string, qualified: string]> {
  const words: string[] = [];
  for (let child = statement.firstChild; child; child = child.nextSibling) {
    if (!child.type.isError) words.push(text.slice(child.from, child.to));
  }
  const from = words[0] === "from" ? words.indexOf("import") : -1;
  if (words[0] === "from" && from < 0) return;
  const module = from < 0 ? "" : words.slice(1, from).join("");
  const listed = words.slice(from < 0 ? 1 : from + 1).filter((word) => word !== "(" && word !== ")");
  for (const item of listed.join(" ").split(",")) {
    const [path = "", local] = item.split(" as ").map((part) => part.replace(/\s/g, ""));
    if (path === "" || path === "*") continue;
    if (module !== "") yield [local ?? path, module.endsWith(".") ? `${module}${path}` : `${module}.${path}`];
    // `import a.b` binds `a`; `import a.b as c` binds `c` to `a.b`.
    else if (local) yield [local, path];
    else yield [path.split(".")[0] as string, path.split(".")[0] as string];
  }
}
