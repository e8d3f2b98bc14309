import assert from "node:assert/strict";
import { basename } from "node:path";
import { bedEnv } from "../bed/env";
import { airlock, jsonLines } from "../support/airlock";
import { notOnPodman } from "./engines";
import { base, openWorkbench, type Workbench } from "./workbench";

const child = "ARG BASE_IMAGE\nFROM $BASE_IMAGE\n";

describe("airlock build, push and tags", () => {
  const { registry, dockerHost } = bedEnv();
  let bench: Workbench;
  let root: string;
  let image: string;
  before(async () => {
    bench = await openWorkbench();
    image = `${bench.prefix}/airflow`;
    root = await bench.folder({
      "airlock.yaml": `image: { name: ${image} }\nbuild: { args: { AIRFLOW_IMAGE: "${base}" } }\n`,
      "dags/a.py": "",
      Dockerfile: "ARG AIRFLOW_IMAGE\nFROM $AIRFLOW_IMAGE\nRUN echo parent > /made\n",
      "environments/good/Dockerfile": `${child}ARG WORD=none\nRUN echo "$WORD" >> /made\n`,
      "environments/bad/Dockerfile": `${child}\nRUN echo oh dear && exit 9\n`,
      "environments/slow/Dockerfile": `${child}RUN echo waiting && sleep 600\n`,
    });
  });
  after(() => bench.close());

  const run = (...args: string[]) =>
    airlock(args, {
      cwd: root,
      env: { DOCKER_HOST: dockerHost, DOCKER_CONFIG: "/nonexistent", FORCE_COLOR: "0" },
    });

  it("builds a named environment after its parent, in plain lines, and says how long it took", async () => {
    const { code, stdout, stderr } = await run("build", "good", "--build-arg", "WORD=hello");
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^parent \\| building ${image}$`, "m"));
    assert.match(stdout, /^good \| .*RUN echo "\$WORD"/m);
    assert.match(stdout, new RegExp(`^parent +built +${image}\\S* +[\\d.]+ s$`, "m"));
    assert.match(stdout, new RegExp(`^good +built +${image}/good\\S* +[\\d.]+ s$`, "m"));
    assert.equal(await bench.run(`${image}/good`, ["cat", "/made"]), "parent\nhello\n");
  });

  it("tells a failure once, with its line, and builds the others", async () => {
    const { code, stdout, stderr } = await run("build", "good", "bad");
    assert.equal(code, 4);
    assert.match(stderr, /The image of bad was not built: .*exit code 9/);
    assert.ok(stderr.includes(`${basename(root)}/environments/bad/Dockerfile:4`), stderr);
    assert.match(stderr, /\| oh dear/);
    assert.match(stdout, /^good +built/m);
    assert.match(stdout, /^bad +failed/m);
    assert.equal(`${stdout}${stderr}`.split("exit code 9").length, 2);
  });

  it("prints events as JSON", async () => {
    const { code, stdout } = await run("build", "bad", "--json");
    assert.equal(code, 4);
    const events = jsonLines(stdout);
    assert.ok(events.every(({ event }) => event === "build"));
    const last = events.at(-1);
    assert.equal(last?.["state"], "failed");
    assert.match(JSON.stringify(last?.["error"]), /"code":"step-failed".*"line":4/);
  });

  it("stops at Ctrl-C", async function () {
    notOnPodman(this, "it ends the step that runs before it ends the build");
    let sent = false;
    const { code, stderr } = await airlock(["build", "slow"], {
      cwd: root,
      env: { DOCKER_HOST: dockerHost },
      onOutput: (stdout, kill) => {
        // A second one would end it at once.
        if (!sent && /\| waiting$/m.test(stdout)) kill("SIGINT");
        sent ||= /\| waiting$/m.test(stdout);
      },
    });
    assert.equal(code, 130);
    assert.equal(stderr, "Cancelled\n");
  });

  it("pushes what is named, there where it is told, and lists it", async () => {
    const moved = `${registry.open}/team/${image}/good:latest`;
    const { code, stdout, stderr } = await run("push", "good", "--registry", `${registry.open}/team`);
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.ok(stdout.includes(`${moved} | pushed sha256:`), stdout);
    const tags = await run("tags", moved, "--json");
    assert.equal(tags.code, 0);
    const found = JSON.parse(tags.stdout);
    assert.deepEqual(
      found.tags.map(({ tag, local, remote }: Record<string, unknown>) => ({ tag, local, remote })),
      [{ tag: "latest", local: true, remote: true }],
    );
    assert.match((await run("tags", "good")).stdout, /^latest +yes +- +\d{4}-/m);
  });

  it("says why a push is refused", async () => {
    const { code, stderr } = await run("push", "good", "--registry", registry.auth);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`→ .*docker login ${registry.auth}`));
  });

  it("says which environments there are where it knows none by that name", async () => {
    const { code, stderr } = await run("build", "goood");
    assert.equal(code, 2);
    assert.match(stderr, /goood.*\n.*bad, good, slow/);
  });

  for (const [args, message] of [
    [["build", "--jobs", "0"], /whole number/],
    [["build", "--build-arg", "x"], /NAME=VALUE/],
    [["build", "good", "--all"], /--all/],
    [["tags", "Not A Name"], /not an image name/],
  ] as const) {
    it(`refuses ${args.join(" ")}`, async () => {
      const { code, stderr } = await run(...args);
      assert.equal(code, 2);
      assert.match(stderr, message);
    });
  }

  it("says where it looked for an engine", async () => {
    const env = { DOCKER_HOST: "unix:///nonexistent/docker.sock" };
    const { code, stderr } = await airlock(["build", "good"], { cwd: root, env });
    assert.equal(code, 3);
    assert.match(stderr, /No container engine answers[\s\S]*\/nonexistent\/docker\.sock[\s\S]*→/);
  });
});
