import type { CompletionItem, CompletionList, Connection } from "vscode-languageserver";
import * as z from "zod";
import { orCancelled } from "../../base/abort";
import { complete } from "../../language/complete";
import type { Completions } from "../../language/items";
import { describeItem } from "../../language/resolve";
import { commands, type EnvironmentArgument } from "../../protocol/commands";
import { answerRequest, contentModified } from "../request";
import { providersFor, type Session } from "../session";

/**
 * The characters after which an editor asks by itself. Not an opening bracket or a comma: what follows these is often
 * Enter, which would take the first suggestion.
 */
export const triggerCharacters = ['"', "'", "=", ":", "/", "."];

/** What `completionItem/resolve` needs comes back in each item; what the items share stays here, for the last lists. */
const keptLists = 8;

/** How long a list may wait for signatures that only have to be looked up; those that must be read come later. */
const lookUpMs = 250;

const itemData = z.object({
  kind: z.enum(["kwarg", "operator", "environment", "build"]),
  name: z.string(),
  list: z.number().int(),
});

/** `textDocument/completion` and `completionItem/resolve`. */
export function handleCompletion(connection: Connection, session: Session): void {
  const lists = new Map<number, { readonly uri: string; readonly context: Completions["context"] }>();
  let count = 0;

  connection.onCompletion(({ textDocument: { uri }, position }, token) =>
    answerRequest(token, async (signal): Promise<CompletionList | null> => {
      await orCancelled(session.projects.ready, signal);
      const opened = session.documents.get(uri);
      if (!opened) return null;
      const { document, file } = opened;
      const { version } = document;
      const offset = document.offsetAt(position);
      const providers = providersFor(session, uri);
      let list = await complete(file, offset, providers, signal);
      if (list.isIncomplete) {
        await orCancelled(session.images.settledWithin(lookUpMs), signal);
        list = await complete(file, offset, providers, signal);
      }
      if (document.version !== version) throw contentModified();
      const { items, isIncomplete, context } = list;
      if (items.length === 0 && !isIncomplete) return null;
      count += 1;
      lists.set(count, { uri, context });
      lists.delete(count - keptLists);
      const root = providers.project?.root;
      return { isIncomplete, items: items.map((item) => finish(item, count, root)) };
    }),
  );

  connection.onCompletionResolve((item) => {
    const data = itemData.safeParse(item.data).data;
    const list = data && lists.get(data.list);
    if (!list) return item;
    const value = describeItem(data, list.context, providersFor(session, list.uri));
    return value === undefined ? item : { ...item, documentation: { kind: "markdown", value } };
  });
}

function finish(item: CompletionItem, list: number, root: string | undefined): CompletionItem {
  if (item.data === undefined) return item;
  const { kind, name } = item.data;
  const finished = { ...item, data: { kind, name, list } };
  if (kind !== "build" || root === undefined) return finished;
  const argument: EnvironmentArgument = { root, environment: name };
  return { ...finished, command: { title: item.label, command: commands.build.id, arguments: [argument] } };
}
