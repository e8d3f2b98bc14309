import assert from "node:assert/strict";
import { access, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../docker/eventually";
import { LspClient, uriOf } from "../lsp/client";
import { jsonLines, once } from "../support/airlock";
import { writeDag } from "../support/dag-file";
import { type EngineProject, engineProject } from "./project";

/** What is of virtualenvs alone; engines.test.ts has the rest. */
describe("airlock run in virtualenvs", () => {
  let cache: string;
  let project: EngineProject;

  // What several of them want alike is made once.
  before(async () => {
    cache = await mkdtemp(join(tmpdir(), "airlock-cache-"));
  });
  after(() => rm(cache, { recursive: true, force: true }));
  beforeEach(async () => {
    project = await engineProject("venv", cache);
  });
  afterEach(() => project.remove());

  const inProject = (name: string) => join(project.root, name);
  const virtualenvs = (folder = cache) => readdir(join(folder, "airlock/venvs")).catch((): string[] => []);
  async function change(name: string, from: string | RegExp, to: string): Promise<void> {
    const text = await readFile(inProject(name), "utf8");
    await writeFile(inProject(name), text.replace(from, to));
  }

  it("says once what they do not isolate", async () => {
    await project.folder.write({ "environments/team/packages.txt": "ruby\n" });
    await change("airlock.yaml", "venv:\n", "limits:\n  memory: 1g\nvenv:\n  python: '3.4'\n");
    const { code, stdout, stderr } = await project.run(["hello"]);
    assert.equal(code, 0, stdout + stderr);
    const notices = jsonLines(stdout)
      .filter(({ event }) => event === "notice")
      .map(({ message }) => String(message).replace(/ 3\.\d+\.\d+$/, " 3.x"));
    assert.deepEqual(notices, [
      "Tasks run in virtualenvs, which hold what requirements say: system packages, files and the network are this machine's",
      "A virtualenv knows no limits.memory of airlock.yaml",
      "Python 3.4 is not on this machine: the parent image runs on 3.x",
      "The virtualenv of team has no system packages of its own: ruby is used where this machine has it",
      "Python 3.4 is not on this machine: team runs on 3.x",
    ]);
    assert.ok(!(await readdir(project.root)).some((name) => /airflow\.cfg|logs|__pycache__/.test(name)));
    await assert.rejects(access(inProject("dags/__pycache__")));
  });

  it("points at the line of what cannot be installed, and leaves nothing of it", async () => {
    await project.run(["hello"]);
    const before = await virtualenvs();
    await writeFile(
      inProject("environments/team/requirements.txt"),
      "# ours\nno-such-package-of-airlock==1\n",
    );
    const { code, stdout } = await project.run(["in_team"]);
    assert.equal(code, 4, stdout);
    const [error] = jsonLines(stdout).filter(({ event }) => event === "error");
    assert.deepEqual(
      [error?.["code"], error?.["place"]],
      ["requirement-not-found", { file: inProject("environments/team/requirements.txt"), line: 2 }],
    );
    assert.deepEqual(await virtualenvs(), before);
  });

  it("has what the file of a PYENV line asks for: extras, and what a marker says", async () => {
    const syntax = "# syntax=quay.io/astronomer/airflow-extensions:latest\n";
    await change("Dockerfile", /^/, syntax);
    await change("Dockerfile", /$/, "PYENV 3.11 pinned pinned.txt\n");
    await project.folder.write({
      "pinned.txt": 'requests[socks]\nno-such-package-of-airlock==1 ; python_version < "3"\n',
    });
    const dagFile = await writeDag(
      project.root,
      "pinned",
      "from airlock_runtime import IsolatedOperator\n\n\ndef extra():\n    import socks\n\n    return socks.__name__\n",
      `IsolatedOperator(task_id="extra", environment="pinned", python_callable=extra,
    operator="airflow.providers.standard.operators.python.PythonOperator")`,
    );
    const { code, stdout } = await project.airlock(["run", dagFile, "extra", "--json"]);
    assert.equal(code, 0, stdout);
    const xcom = jsonLines(stdout).find(({ event }) => event === "xcom");
    assert.equal(xcom?.["value"], "socks", stdout);
  });

  it("refuses a requirement that would change Airflow's version", async () => {
    await writeFile(inProject("environments/team/requirements.txt"), "apache-airflow>=2,<3\n");
    const { code, stdout } = await project.run(["hello"]);
    const [error] = jsonLines(stdout).filter(({ event }) => event === "error");
    const place = { file: inProject("environments/team/requirements.txt"), line: 1 };
    assert.deepEqual([code, error?.["code"], error?.["place"]], [4, "requirement-conflict", place], stdout);
  });

  it("leaves nothing half-made when it is cancelled", async () => {
    const onOutput = once(/"state":"output".*(?:Resolved|Prepared|Installed)/, (kill) => kill("SIGINT"));
    const env = { XDG_CACHE_HOME: inProject("empty") };
    const { code } = await project.run(["hello"], { env, onOutput });
    assert.equal(code, 130);
    assert.deepEqual(await virtualenvs(inProject("empty")), []);
  });

  it("are what runs where no container engine is reachable", async function () {
    const home = await mkdtemp(join(tmpdir(), "airlock-home-"));
    // Without a name of an engine, and where Docker's own places are looked for.
    const env = { AIRLOCK_ENGINE: "", DOCKER_HOST: "", HOME: home, PATH: process.env["PATH"] };
    try {
      const { stdout: doctor } = await project.airlock(["doctor"], { env });
      // Who works on a machine with one cannot be shown this.
      if (!doctor.includes("Engine: none answers")) this.skip();
      const { code, stdout, stderr } = await project.run(["hello"], { env });
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /No container engine is reachable \(airlock doctor tells why\)/);
      const wanted = await project.run(["hello", "--engine", "docker"], { env });
      assert.equal(wanted.code, 3);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });

  it("tell the editor what operators take", async () => {
    assert.equal((await project.run(["hello"])).code, 0);
    const client = await LspClient.start({ folders: [project.root], env: project.env });
    try {
      const source = [
        "from airlock_runtime import IsolatedOperator",
        "IsolatedOperator(",
        '    environment="team",',
        '    operator="airflow.providers.standard.operators.bash.BashOperator",',
        "    |",
        ")",
      ].join("\n");
      const offered = () => client.labels(uriOf(project.dagFile), source);
      await eventually("its virtualenv is read", async () => (await offered()).includes("bash_command="), 60);
    } finally {
      assert.equal(await client.stop(), 0);
    }
  });

  it("say what wants a container engine", async () => {
    const { stdout: missing } = await project.run(["other_image"]);
    assert.match(missing, /Run it with a container engine \(--engine docker\)/);
    await writeFile(inProject("requirements.txt"), "apache-airflow-providers-docker\n");
    const { root } = project;
    const imports = "from airflow.providers.docker.operators.docker import DockerOperator";
    const file = await writeDag(
      root,
      "starts",
      imports,
      'DockerOperator(task_id="starts", image="some/image:1")',
    );
    const { code, stdout } = await project.airlock(["run", file, "starts"]);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /starts a container of some\/image:1, which wants a container engine/);
  });
});
