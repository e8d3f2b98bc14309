/**
 * `npm run test:electron`: the suite of test/vscode/example in a desktop VS Code, which is downloaded. It needs a display
 * (on a machine without one: `xvfb-run -a npm run test:electron`), and the engine, images and registry of the test bed.
 */
import { runTests } from "@vscode/test-electron";
import { bedUp } from "../bed/up";
import { removeImages } from "../support/engine";
import { copyExample } from "../support/example";
import { bundleSuite, repository } from "./bundle";
import { bedSettings, writeSettings } from "./workspace-settings";

async function main(version: string | undefined): Promise<void> {
  const bed = await bedUp(["engine", "images", "registry"]);
  const example = await copyExample({ airflow: 3, image: "airlock-test-vscode/airflow" });
  try {
    await writeSettings(example.root, bedSettings(bed));
    await runTests({
      ...(version ? { version } : {}),
      extensionDevelopmentPath: repository,
      extensionTestsPath: await bundleSuite("example"),
      launchArgs: [example.root, "--disable-extensions", "--disable-workspace-trust"],
    });
  } finally {
    await removeImages(example.image, { ...process.env, DOCKER_HOST: bed.dockerHost });
    await example.remove();
  }
}

void main(process.argv[2]);
