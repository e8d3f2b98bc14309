import { type CompletionItem, CompletionItemKind, type Range } from "vscode-languageserver";
import { type CatalogueFor, parentName } from "./catalogue-for";
import { sourceLine } from "./describe";
import type { IsolatedCall } from "./isolated-call";
import { type ItemData, sortText } from "./items";
import { kwargsOf, type TaskKwarg } from "./kwargs-of";

/** Order of the list: what must be given, the inner operator's, IsolatedOperator's, a build, what every operator has. */
const groups = { required: 0, operator: 1, airlock: 2, build: 3, base: 4 } as const;

/** The keyword arguments that a task can still be given, and an item that builds its image where that is missing. */
export function completeKwargs(
  isolated: IsolatedCall,
  known: CatalogueFor,
  place: { readonly range: Range; readonly assigned: boolean },
): CompletionItem[] {
  const named = namedAtCursor(isolated);
  const items = kwargsOf(isolated, known)
    .filter(({ of }) => !isolated.expands || of !== "airlock")
    .filter(({ parameter }) => parameter.name === named || !isolated.given.has(parameter.name))
    .map((kwarg, index): CompletionItem => {
      const { name } = kwarg.parameter;
      return {
        label: `${name}=`,
        kind: CompletionItemKind.Field,
        detail: detailOf(kwarg, known),
        sortText: sortText(groupOf(kwarg, isolated), index),
        filterText: name,
        textEdit: { range: place.range, newText: place.assigned ? name : `${name}=` },
        data: { kind: "kwarg", name } satisfies ItemData,
      };
    });
  const build = known.state === "ready" ? undefined : known.build;
  return build === undefined ? items : [...items, buildItem(isolated, known, build, place.range)];
}

/** The name that the cursor stands in: it can be changed, so it counts as not given. */
function namedAtCursor({ call }: IsolatedCall): string | undefined {
  const { at } = call;
  if (at.kind !== "name") return undefined;
  return call.arguments.find(({ nameRange }) => nameRange?.from === at.range.from)?.name;
}

function groupOf({ of, parameter }: TaskKwarg, { environment, image, decorates }: IsolatedCall): number {
  const placed = environment !== undefined || image !== undefined;
  if (of === "airlock" && !placed && parameter.name === "environment") return groups.required;
  // A decorator's task has its function's name.
  const required = parameter.required && of !== "base" && !decorates;
  return required ? groups.required : groups[of];
}

function detailOf({ of, parameter }: TaskKwarg, known: CatalogueFor): string {
  if (of !== "airlock" && known.state === "stand-in") return sourceLine(known);
  const type = parameter.annotation ?? "";
  return parameter.required ? [type, "required"].filter(Boolean).join(", ") : type;
}

function buildItem({ call }: IsolatedCall, known: CatalogueFor, build: string, range: Range): CompletionItem {
  return {
    label: `Build ${build === parentName ? "the parent image" : build}…`,
    kind: CompletionItemKind.Event,
    detail: sourceLine(known),
    sortText: sortText(groups.build, 0),
    // Shown whatever has been typed; choosing it leaves that as it is.
    filterText: call.at.prefix,
    textEdit: { range, newText: call.at.prefix },
    data: { kind: "build", name: build } satisfies ItemData,
  };
}
