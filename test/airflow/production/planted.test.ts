import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import type Dockerode from "dockerode";
import { connect } from "../../../src/docker/connect";
import { bedEnv } from "../../bed/env";
import { processesWith } from "../../docker/eventually";
import { byDocker, byExternalPython } from "./carriers";
import { foundNowhere, type PlantedRun, planted, runPlanted } from "./planted";
import type { Published } from "./published";
import { virtualenvFiles } from "./virtualenvs";

for (const airflow of [3, 2] as const) {
  describe(`a password of Airflow ${airflow}, under a DockerOperator`, () => {
    let docker: Dockerode;
    let run: PlantedRun;
    let seen = "";
    let processes = Number.NaN;

    /** What anybody with the engine's socket, or on its machine, can see of the task's container. */
    async function look(published: Published): Promise<void> {
      const image = published.child("data-team");
      const containers = await docker.listContainers({ filters: { ancestor: [image] } });
      assert.equal(containers.length, 1);
      const container = docker.getContainer((containers[0] as Dockerode.ContainerInfo).Id);
      const logs = await container.logs({ stdout: true, stderr: true });
      seen = JSON.stringify([
        containers,
        await container.inspect(),
        await container.top({ ps_args: "axeww" }),
        await container.changes(),
        logs.toString(),
        await docker.getImage(image).inspect(),
        await docker.getImage(image).history(),
      ]);
      processes = await processesWith(planted);
    }

    before(async () => {
      ({ docker } = await connect({ env: { DOCKER_HOST: bedEnv().dockerHost } }));
      const host = bedEnv().postgres.containerHost;
      run = await runPlanted({ airflow, setup: byDocker, host, container: true, look });
    });

    after(() => run?.close());

    foundNowhere(() => run);

    it("inspect, labels, ps, logs and history do not show it", () => {
      assert.match(seen, /no task came within/, "what was looked at has the container's command");
      assert.ok(!seen.includes(planted), seen);
      assert.equal(processes, 0, "nor any command line of the machine");
    });

    it("no container is left", async () => {
      const filters = { ancestor: [run.published.child("data-team")] };
      assert.deepEqual(await docker.listContainers({ all: true, filters }), []);
    });

    it("no event of the engine's told it", async () => {
      const until = Math.floor(Date.now() / 1000);
      const events = await docker.getEvents({ since: until - 600, until });
      assert.ok(!(await text(events)).includes(planted));
    });
  });

  describe(`a password of Airflow ${airflow}, in a virtualenv`, () => {
    let run: PlantedRun;
    let processes = Number.NaN;

    before(async () => {
      run = await runPlanted({
        airflow,
        files: virtualenvFiles,
        setup: byExternalPython,
        host: "127.0.0.1",
        container: false,
        async look() {
          processes = await processesWith(planted);
        },
      });
    });

    after(() => run?.close());

    foundNowhere(() => run);

    it("no command line shows it", () => assert.equal(processes, 0));
  });
}
