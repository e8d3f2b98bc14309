import { CancellationTokenSource, window } from "vscode";

/**
 * Which instance of a mapped task is meant.
 * @returns its map index; undefined where the user gave no answer, or the signal aborted.
 */
export async function askMapIndex(taskId: string, signal: AbortSignal): Promise<number | undefined> {
  const over = new CancellationTokenSource();
  const end = () => over.cancel();
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  try {
    const text = await window.showInputBox(
      {
        title: `The task ${taskId} is mapped`,
        prompt: "Which of its instances? They are numbered from 0.",
        value: "0",
        ignoreFocusOut: true,
        validateInput: (typed) => (/^\s*\d+\s*$/.test(typed) ? undefined : "A map index: 0, 1, 2…"),
      },
      over.token,
    );
    return text === undefined ? undefined : Number(text);
  } finally {
    signal.removeEventListener("abort", end);
    over.dispose();
  }
}
