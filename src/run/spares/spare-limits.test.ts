import assert from "node:assert/strict";
import { spareLimits } from "./spare-limits";

describe("how many runners may wait", () => {
  const project = { spares: { most: 4, minutes: 2 } };
  const plenty = 64 * 2 ** 30;
  const here = { sharesMemory: true, isShared: false, keepsRunners: true };
  const limits = (env: NodeJS.ProcessEnv, free = plenty, engine = here) =>
    spareLimits(project, engine, env, free);

  it("is what airlock.yaml says", () => {
    assert.deepEqual(limits({}), { most: 4, idleSeconds: 120 });
  });

  it("is what the environment says, where it says a number", () => {
    assert.equal(limits({ AIRLOCK_SPARES: "7" }).most, 7);
    assert.equal(limits({ AIRLOCK_SPARES: "0" }).most, 0);
    assert.equal(limits({ AIRLOCK_SPARES: "many" }).most, 4);
  });

  it("is fewer on a machine that is short of memory", () => {
    assert.equal(limits({}, 2 * 2 ** 30).most, 2);
    assert.equal(limits({}, 2 ** 29).most, 0);
  });

  it("does not depend on this machine's memory where the engine has another's", () => {
    assert.equal(limits({}, 2 ** 29, { ...here, sharesMemory: false }).most, 4);
  });

  it("is none where none can outlive whoever started it", () => {
    assert.equal(limits({ AIRLOCK_SPARES: "7" }, plenty, { ...here, keepsRunners: false }).most, 0);
  });

  it("is four where nobody says it, and none on an engine that is others' too", () => {
    const most = (isShared: boolean, env: NodeJS.ProcessEnv = {}) =>
      spareLimits({ spares: { minutes: 2 } }, { ...here, sharesMemory: false, isShared }, env).most;
    assert.deepEqual([most(false), most(true), most(true, { AIRLOCK_SPARES: "2" })], [4, 0, 2]);
  });
});
