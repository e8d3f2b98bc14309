import { join } from "node:path";
import type { Locator, Page } from "playwright-core";

/** Pixels from a lens to the line below it, at the most. */
const lensHeight = 30;

/** Quiet, dark and without what is beside the point; for the walk and for its photographs. */
export const quietSettings = {
  "workbench.colorTheme": "Default Dark Modern",
  "editor.minimap.enabled": false,
  "editor.stickyScroll.enabled": false,
  "editor.fontSize": 13,
  "editor.wordBasedSuggestions": "off",
  "editor.lineNumbersMinChars": 3,
  "breadcrumbs.enabled": false,
  "window.commandCenter": false,
  "workbench.layoutControl.enabled": false,
  "terminal.integrated.fontSize": 12,
  "terminal.integrated.tabs.enabled": false,
  // Rendered as text in the page, not as a picture.
  "terminal.integrated.gpuAcceleration": "off",
  "files.exclude": { ".vscode": true },
};

/** The editor in the page, as a person uses it: keyboard, mouse, and what can be seen. */
export class Editor {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Loads the page again: the extension is ended and begins anew. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.page.waitForFunction("window.driver");
    await this.page.evaluate("window.driver.whenWorkbenchRestored()");
  }

  /** Runs a command of the palette by its title, such as `Airlock: Build Environment`. */
  async command(title: string): Promise<void> {
    await this.page.keyboard.press("F1");
    await this.answer(title, title);
  }

  /** Types into the quick input and takes an entry. @param entry text of the entry; by default the first one */
  async answer(text: string, entry?: string): Promise<void> {
    const input = this.page.locator(".quick-input-widget input.input:visible");
    await input.waitFor();
    await input.pressSequentially(text);
    const rows = this.page.locator(".quick-input-list .monaco-list-row");
    const row = entry ? rows.filter({ hasText: entry }).first() : rows.first();
    await row.waitFor();
    await row.click();
  }

  /** Types into the quick input where it asks for a text, and takes that. */
  async enter(text: string): Promise<void> {
    const input = this.page.locator(".quick-input-widget input.input:visible");
    await input.waitFor();
    await input.fill(text);
    await this.page.keyboard.press("Enter");
  }

  /** Opens a file of the folder. */
  async open(path: string): Promise<void> {
    await this.page.keyboard.press("Control+P");
    await this.answer(path, path.slice(path.lastIndexOf("/") + 1));
    await this.tab(path.slice(path.lastIndexOf("/") + 1)).waitFor();
    await this.page.locator(".monaco-editor .view-line").first().waitFor();
  }

  tab(name: string): Locator {
    return this.page.locator(`.tabs-container .tab[data-resource-name="${name}"]`);
  }

  /** Types at the end of the active editor. */
  async typeAtEnd(text: string): Promise<void> {
    await this.page.keyboard.press("Control+End");
    await this.page.keyboard.type(text, { delay: 20 });
  }

  /** An entry of the completion list. */
  suggestion(label: string): Locator {
    return this.page.locator(`.suggest-widget.visible .monaco-list-row[aria-label^="${label}"]`);
  }

  /** The completion list with an entry in it: asked for again until it is there, as its content is read in the background. */
  async suggests(label: string): Promise<void> {
    for (let attempt = 0; attempt < 60; attempt += 1) {
      const shown = await this.suggestion(label)
        .waitFor({ timeout: 1_000 })
        .then(
          () => true,
          () => false,
        );
      if (shown) return;
      await this.page.keyboard.press("Escape");
      await this.page.keyboard.press("Control+Space");
    }
    throw new Error(`${label} is not suggested`);
  }

  /** Goes down the completion list to an entry. */
  async choose(label: string): Promise<void> {
    for (let step = 0; step < 30; step += 1) {
      const focused = this.page.locator(".suggest-widget.visible .monaco-list-row.focused");
      if ((await focused.getAttribute("aria-label"))?.startsWith(label)) return;
      await this.page.keyboard.press("ArrowDown");
    }
    throw new Error(`${label} is not reached in the completion list`);
  }

  /** Closes every editor, without what was typed in them. */
  async discard(): Promise<void> {
    await this.page.keyboard.press("Escape");
    await this.page.keyboard.press("Escape");
    const dirty = this.page.locator(".tabs-container .tab.dirty.active");
    if ((await dirty.count()) > 0) {
      await this.command("View: Revert and Close Editor");
      await dirty.waitFor({ state: "detached" });
    }
    await this.command("View: Close All Editors");
  }

  /** Waits for a notification, in the list of them: this VS Code shows no toasts, as it is driven by a program. */
  async notified(text: string | RegExp, timeout = 120_000): Promise<Locator> {
    const center = this.page.locator(".notifications-center.visible");
    if ((await center.count()) === 0) await this.command("Notifications: Show Notifications");
    const item = center.locator(".notification-list-item").filter({ hasText: text }).first();
    await item.waitFor({ timeout });
    return item;
  }

  lens(title: string | RegExp): Locator {
    return this.page.locator(".codelens-decoration a").filter({ hasText: title });
  }

  /** The lens with that title right above a line that is in view; they appear one after the other. */
  async lensAbove(line: string, title: string): Promise<Locator> {
    const top = async (what: Locator) => (await what.boundingBox())?.y ?? Number.NaN;
    const end = Date.now() + 30_000;
    while (Date.now() < end) {
      const below = await top(this.page.locator(".view-lines .view-line").filter({ hasText: line }).first());
      for (const lens of await this.lens(title).all()) {
        const gap = below - (await top(lens));
        if (gap > 0 && gap < lensHeight) return lens;
      }
      await this.page.evaluate("new Promise(requestAnimationFrame)");
    }
    throw new Error(`There is no lens ${title} above ${line}`);
  }

  /** A line of the terminal, its spaces as `\s`: it shows those that do not break. */
  terminalLine(text: RegExp): Locator {
    return this.page.locator(".terminal-wrapper.active .xterm-rows > div").filter({ hasText: text }).first();
  }

  /** Puts the cursor on a line, and that into view. */
  async goToLine(line: number): Promise<void> {
    await this.page.keyboard.press("Control+G");
    await this.enter(`:${line}`);
  }

  row(label: string | RegExp): Locator {
    return this.page.locator(".pane-body .monaco-list-row").filter({ hasText: label }).first();
  }

  /** Drags the side bar's edge by some pixels. */
  async widenSideBar(by: number): Promise<void> {
    const box = await this.page.locator(".part.sidebar").boundingBox();
    if (!box) throw new Error("There is no side bar");
    const [x, y] = [box.x + box.width, box.y + box.height / 2];
    await this.page.mouse.move(x, y);
    await this.page.mouse.down();
    await this.page.mouse.move(x + by, y, { steps: 5 });
    await this.page.mouse.up();
  }

  /** Leaves the window to the editor alone: no side bar, no panel. */
  async tidy(): Promise<void> {
    if (await this.page.locator(".part.sidebar").isVisible())
      await this.command("View: Close Primary Side Bar");
    if (await this.page.locator(".part.panel").isVisible()) await this.command("View: Hide Panel");
  }

  /** Rewrites a picture in docs/images/ where AIRLOCK_SCREENSHOTS=1. */
  async photograph(name: string, env: NodeJS.ProcessEnv = process.env): Promise<void> {
    if (env["AIRLOCK_SCREENSHOTS"] !== "1") return;
    await this.page.mouse.move(900, 5);
    await this.page.screenshot({ path: join(__dirname, "../../docs/images", `${name}.png`) });
  }
}
