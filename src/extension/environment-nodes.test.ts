import assert from "node:assert/strict";
import type { ShownProject } from "../protocol/messages";
import { childNodes, nodeId, topNodes } from "./environment-nodes";

const requirement = (name: string, line: number) => ({
  name,
  specifier: "==1.0",
  place: { file: "/p/environments/data-team/requirements.txt", line },
});

const project: ShownProject = {
  root: "/p",
  name: "p",
  kind: "airflow",
  problems: [],
  parent: {
    dockerfile: "/p/Dockerfile",
    image: { reference: "p/airflow", from: "the folder's name", state: "built" },
    files: ["/p/Dockerfile"],
    requirements: [],
    packages: [],
    problems: [],
  },
  environments: [
    {
      kind: "image",
      name: "data-team",
      folder: "/p/environments/data-team",
      dockerfile: "/p/environments/data-team/Dockerfile",
      image: { reference: "p/airflow/data-team", from: "the parent's name", state: "missing" },
      base: "the parent image",
      files: ["/p/environments/data-team/Dockerfile", "/p/environments/data-team/requirements.txt"],
      requirements: [requirement("a", 1), requirement("a", 2)],
      packages: ["ruby", "ruby"],
      problems: [],
    },
  ],
};

describe("the nodes of the Environments view", () => {
  it("are the only project's environments, the parent first", () => {
    const kinds = topNodes({ projects: [project] }).map(({ kind }) => kind);
    assert.deepEqual(kinds, ["parent", "environment"]);
  });

  it("are the projects where there are several", () => {
    const nodes = topNodes({ projects: [project, { ...project, root: "/q", name: "q" }] });
    assert.deepEqual(
      nodes.map(({ kind }) => kind),
      ["project", "project"],
    );
    const [first] = nodes;
    assert.ok(first);
    assert.equal(childNodes(first).length, 2);
  });

  it("hold requirements, packages and files", () => {
    const environment = topNodes({ projects: [project] }).at(-1);
    assert.ok(environment);
    const kinds = childNodes(environment).map(({ kind }) => kind);
    assert.deepEqual(kinds, ["requirement", "requirement", "package", "file", "file"]);
  });

  it("each have an id of their own, also where a file repeats a line", () => {
    const top = topNodes({ projects: [project] });
    const all = [...top, ...top.flatMap(childNodes)];
    assert.equal(new Set(all.map(nodeId)).size, all.length);
  });
});
