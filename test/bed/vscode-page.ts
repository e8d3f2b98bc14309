import { type Browser, chromium, type Page } from "playwright-core";
import type { VsCodeEnv } from "./vscode";
import { startVsCode, type VsCode, type VsCodeOptions } from "./vscode-server";

/** What Chromium wants where it runs as root, has no display, and shall talk to nobody but our server. */
const flags = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync"],
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

export interface VsCodePage {
  readonly page: Page;
  readonly vscode: VsCode;
  /** Closes the browser and stops the server. */
  close(): Promise<void>;
}

export interface PageOptions extends VsCodeOptions {
  /** Called before VS Code loads, e.g. to give the page functions. */
  readonly prepare?: (page: Page) => Promise<void>;
  /** Of the window, in CSS pixels. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Device pixels per CSS pixel: 2 makes sharp screenshots. */
  readonly scale?: number;
}

/** Opens VS Code in headless Chromium and waits until its workbench stands. */
export async function openPage(installed: VsCodeEnv, options: PageOptions): Promise<VsCodePage> {
  const vscode = await startVsCode(installed, options);
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close();
    await vscode.stop();
  };
  try {
    browser = await chromium.launch({ executablePath: installed.chromium, args: flags });
    const context = await browser.newContext({
      viewport: options.size ?? { width: 1280, height: 800 },
      deviceScaleFactor: options.scale ?? 1,
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const page = await context.newPage();
    await options.prepare?.(page);
    await page.goto(vscode.url);
    // The driver is there because the server was started with --enable-smoke-test-driver.
    await page.waitForFunction("window.driver", undefined, { timeout: 60_000 });
    await page.evaluate("window.driver.whenWorkbenchRestored()");
    return { page, vscode, close };
  } catch (error) {
    await close();
    throw error;
  }
}
