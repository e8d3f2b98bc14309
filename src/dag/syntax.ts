import { type Tree, TreeFragment } from "@lezer/common";
import { parser } from "@lezer/python";

/** The syntax tree of a Python text, with what a parse after the next edit can take over. */
export interface Syntax {
  readonly text: string;
  readonly tree: Tree;
  readonly fragments: readonly TreeFragment[];
}

/**
 * The syntax tree of a text in whatever state it is; what is wrong stands in it as error nodes.
 * @param previous the tree of an earlier state of the text: only what an edit changed is parsed again
 */
export function parse(text: string, previous?: Syntax): Syntax {
  if (previous?.text === text) return previous;
  const old = previous ? TreeFragment.applyChanges(previous.fragments, [change(previous.text, text)]) : [];
  const tree = parser.parse(text, old);
  return { text, tree, fragments: TreeFragment.addTree(tree, old) };
}

/** The one range in which two texts differ. */
function change(before: string, after: string): { fromA: number; toA: number; fromB: number; toB: number } {
  const shorter = Math.min(before.length, after.length);
  let from = 0;
  while (from < shorter && before.charCodeAt(from) === after.charCodeAt(from)) from += 1;
  let same = 0;
  while (
    same < shorter - from &&
    before.charCodeAt(before.length - 1 - same) === after.charCodeAt(after.length - 1 - same)
  ) {
    same += 1;
  }
  return { fromA: from, toA: before.length - same, fromB: from, toB: after.length - same };
}
