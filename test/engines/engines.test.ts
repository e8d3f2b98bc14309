import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { engineNames } from "../../src/project/settings";
import { eventually, processesWith } from "../docker/eventually";
import { jsonLines, once } from "../support/airlock";
import { type EngineProject, engineProject, password, wanted } from "./project";

type Event = Record<string, unknown>;

/** What every engine does alike; `AIRLOCK_TEST_ENGINES` names some of them. */
for (const engine of engineNames.filter((name) => wanted.includes(name))) {
  describe(`airlock run on the engine ${engine}`, () => {
    let project: EngineProject;

    before(async () => {
      project = await engineProject(engine);
      const { code, stdout, stderr } = await project.airlock(["run", project.dagFile, "hello"]);
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /Hello from several\.hello on \d{4}-\d\d-\d\d/);
    });
    after(() => project.remove());
    afterEach("leaves nothing", async () => {
      assert.deepEqual(await project.left(), []);
      await eventually("no process of a run is left", async () => (await processesWith("300.25")) === 0);
      assert.deepEqual(await runtimeFolders(), []);
    });

    /** Those of runners that wait. */
    const runtimeFolders = () =>
      readdir(join(project.env["XDG_RUNTIME_DIR"] ?? "", "airlock")).catch(() => []);

    async function events(args: readonly string[]): Promise<Event[]> {
      return jsonLines((await project.run(args)).stdout);
    }

    const xcom = (all: readonly Event[]) => all.find(({ event }) => event === "xcom")?.["value"];
    const outcome = (all: readonly Event[]) => all.find(({ event }) => event === "outcome") as Event;
    const errorOf = (all: readonly Event[]) => outcome(all)["error"] as Event;

    it("runs a function beside the DAG with what its environment has, and hands on its XCom", async () => {
      assert.deepEqual(xcom(await events(["in_team"])), { humanize: "4.12.3", said: "Good day, in_team" });
      assert.equal(xcom(await events(["pulled"])), "Good day, in_team");
    });

    it("gives the task its connections, variables and environment, and shows no secret", async () => {
      const { stdout, stderr } = await project.run(["known"]);
      assert.deepEqual(xcom(jsonLines(stdout)), ["db.example", "data", "hello"]);
      assert.match(stdout, /the password is \*\*\*/);
      assert.ok(!(stdout + stderr).includes(password));
    });

    it("renders without executing", async () => {
      const { stdout } = await project.airlock([
        "render",
        project.dagFile,
        "hello",
        "--ds",
        "2024-02-03",
        "--json",
      ]);
      assert.equal(JSON.parse(stdout).bash_command, "echo Hello from several.hello on 2024-02-03");
    });

    it("tells a failure with the user's own file and line", async () => {
      const { code, stdout } = await project.run(["fails"]);
      assert.equal(code, 1);
      const { message, file, line } = errorOf(jsonLines(stdout)) as {
        message: string;
        file: string;
        line: number;
      };
      const text = (await readFile(project.dagFile, "utf8")).split("\n");
      assert.deepEqual(
        [message, file, text[line - 1]],
        ["of no use", project.dagFile, '    raise ValueError("of no use")'],
      );
    });

    it("skips", async () => {
      const { code, stdout } = await project.run(["skips"]);
      assert.deepEqual([code, outcome(jsonLines(stdout))["state"]], [0, "skipped"]);
    });

    it("tells how a process ended that told nothing", async () => {
      assert.match(String(errorOf(await events(["leaves"]))["message"]), /exit code 3 /);
      assert.match(String(errorOf(await events(["killed"]))["message"]), /exit code 137 /);
    });

    it("ends a task that takes too long, with what it started", async () => {
      for (const task of [["waits"], ["holds"], ["--dag", "elsewhere", "holds", "--upstream"]]) {
        const { code, stdout } = await project.run([...task, "--timeout", "3"]);
        const ends = jsonLines(stdout).filter(({ event }) => event === "outcome");
        const codes = ends.map(({ error }) => (error as Event)["code"]);
        assert.deepEqual([code, codes], [1, ["timed_out"]], stdout);
      }
    });

    it("ends at Ctrl-C, with what it started", async () => {
      const onOutput = once(/it waits/, (kill) => kill("SIGINT"));
      assert.equal((await project.run(["waits"], { onOutput })).code, 130);
    });

    it("keeps a secret out of every process's command line and environment, and of every file", async () => {
      let looked: Promise<string[]> | undefined;
      const onOutput = once(/it waits/, (kill) => {
        looked = whereIs(password, [project.env["XDG_CACHE_HOME"] ?? "", project.root]).finally(() =>
          kill("SIGINT"),
        );
      });
      await project.run(["waits"], { onOutput });
      assert.deepEqual(await looked, [join(project.root, ".env")]);
    });

    it("runs an edited function as it is now, and makes nothing anew", async () => {
      const file = join(project.root, "include/words.py");
      const before = await readFile(file, "utf8");
      await writeFile(file, before.replace("Good day", "Good night"));
      try {
        const all = await events(["in_team"]);
        assert.deepEqual(xcom(all), { humanize: "4.12.3", said: "Good night, in_team" });
        assert.ok(!all.some(({ event }) => event === "build"));
      } finally {
        await writeFile(file, before);
      }
    });

    it("has nothing of the code that is no more, though its environment was made with it", async () => {
      const file = join(project.root, "include/old/names.py");
      const before = await readFile(file, "utf8");
      assert.equal(xcom(await events(["old"])), "there");
      await rm(dirname(file), { recursive: true });
      try {
        const all = await events(["old"]);
        assert.equal(xcom(all), "No module named 'include.old'");
        assert.ok(!all.some(({ event }) => event === "build"));
      } finally {
        await mkdir(dirname(file));
        await writeFile(file, before);
      }
    });

    it("runs a whole DAG", async () => {
      const { code, stdout } = await project.run(["--dag", "chain"]);
      assert.equal(code, 1);
      const states = jsonLines(stdout)
        .filter(({ event }) => event === "task_state")
        .map(({ task_id, state }) => [task_id, state]);
      assert.deepEqual(states, [
        ["first", "success"],
        ["second", "success"],
        ["last", "failed"],
        ["never", "upstream_failed"],
      ]);
      assert.match(stdout, /Good day, first/);
    });

    it("ends a whole DAG at Ctrl-C, with all that its tasks started", async () => {
      const onOutput = once(/it waits/, (kill) => kill("SIGINT"));
      assert.equal((await project.run(["--dag", "several", "--jobs", "1"], { onOutput })).code, 130);
    });

    it("says what it cannot run: an image that is nowhere", async () => {
      const { code, stdout } = await project.run(["other_image"]);
      const [error] = jsonLines(stdout).filter(({ event }) => event === "error");
      assert.deepEqual([code, error?.["code"]], [3, "image-missing"]);
    });

    it("takes a runner that stands ready, once, and leaves none when they are stopped", async () => {
      const env = { AIRLOCK_SPARES: "2" };
      const spares = async () => {
        const { stdout } = await project.airlock(["spares", "list", "--json"]);
        const all = JSON.parse(stdout) as { id: string; purpose: string; project: string }[];
        return all.filter((one) => one.project === project.root);
      };
      const two = async () => {
        await eventually("both wait", async () => (await spares()).length === 2, 60);
        await eventually("nobody starts one", async () => (await processesWith(project.root)) === 0, 60);
        return new Map((await spares()).map(({ id, purpose }) => [purpose, id]));
      };
      assert.equal((await project.run(["hello"], { env })).code, 0);
      const first = await two();
      const { code, stdout } = await project.run(["in_team"], { env });
      assert.equal(code, 0, stdout);
      const second = await two();
      assert.equal(second.get("resolve"), first.get("resolve"));
      assert.notEqual(second.get("execute"), first.get("execute"));
      const died = await project.run(["killed"], { env });
      assert.match(String(errorOf(jsonLines(died.stdout))["message"]), /exit code 137 /);
      await two();
      const onOutput = once(/it waits/, (kill) => kill("SIGINT"));
      assert.equal((await project.run(["waits"], { env, onOutput })).code, 130);
      await eventually("one is left", async () => (await processesWith("300.25")) === 0);
      const stopped = await project.airlock(["spares", "stop"]);
      assert.match(stopped.stdout, /^Stopped \d/);
    });
  });
}

/** The files below some folders, and of every process the command line and the environment, that hold a text. */
async function whereIs(text: string, folders: readonly string[]): Promise<string[]> {
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const below = async (folder: string) =>
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      // The packages of a virtualenv are many, and none of ours.
      .filter((entry) => entry.isFile() && !entry.parentPath.includes("site-packages"))
      .map((entry) => join(entry.parentPath, entry.name));
  const files = [
    ...processes.flatMap((id) => [`/proc/${id}/cmdline`, `/proc/${id}/environ`]),
    ...(await Promise.all(folders.map(below))).flat(),
  ];
  const texts = await Promise.all(files.map((file) => readFile(file, "latin1").catch(() => "")));
  return files.filter((_, index) => texts[index]?.includes(text));
}
