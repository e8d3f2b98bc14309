import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import manifest from "../../package.json";
import { commands } from "../protocol/commands";
import { settings } from "../protocol/settings";
import { executing } from "./commands/executing";

const root = resolve(__dirname, "../..");
const { contributes } = manifest;

describe("the manifest", () => {
  it("contributes the commands of the table", () => {
    const told = contributes.commands.map(({ command, title, icon, category }) => ({
      id: command,
      title,
      icon,
      category,
    }));
    assert.deepEqual(
      told,
      Object.values(commands).map((command) => ({ ...command, category: "Airlock" })),
    );
  });

  it("enables what executes in a trusted workspace only", () => {
    const trusted = contributes.commands.filter(
      (command) => "enablement" in command && command.enablement.includes("isWorkspaceTrusted"),
    );
    assert.deepEqual(trusted.map(({ command }) => command).sort(), [...executing].sort());
  });

  it("contributes the settings of the table", () => {
    const told = Object.entries(contributes.configuration.properties).map(([id, { order, ...setting }]) => [
      id,
      setting,
    ]);
    assert.deepEqual(Object.fromEntries(told), settings);
  });

  it("shows only commands that there are, in its menus and welcome views", () => {
    const known = new Set<string>(Object.values(commands).map(({ id }) => id));
    const inMenus = Object.values(contributes.menus).flatMap((items) => items.map(({ command }) => command));
    const linked = contributes.viewsWelcome.flatMap(({ contents }) =>
      [...contents.matchAll(/\(command:(airlock\.\w+)\)/g)].map(([, id]) => id ?? ""),
    );
    const unknown = [...inMenus, ...linked].filter((id) => !known.has(id));
    assert.deepEqual(unknown, []);
  });

  it("wakes up where a project is, and nowhere else", () => {
    for (const event of manifest.activationEvents) assert.match(event, /^workspaceContains:/);
  });

  it("restricts what an untrusted workspace may set", () => {
    const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    assert.equal(supported, "limited");
    for (const id of restrictedConfigurations) assert.ok(id in settings, id);
    assert.ok(restrictedConfigurations.includes("airlock.docker.host"));
  });

  it("names files that are there", () => {
    const files = [
      manifest.icon,
      ...contributes.viewsContainers.activitybar.map(({ icon }) => icon),
      ...contributes.grammars.map(({ path }) => path),
      ...contributes.snippets.map(({ path }) => path),
    ];
    assert.deepEqual(
      files.filter((file) => !existsSync(join(root, file))),
      [],
    );
  });
});
