/**
 * Imports run one way (docs/architecture.md):
 *   base <- project, dag, operators, template <- language; base <- history
 *   base <- docker, kubernetes, venv
 *   run stands on all of these but language; protocol is what both sides of the editor share;
 *   server, cli and extension are the three ways in: they may import everything, and not each other.
 */
const may = {
  base: [],
  project: ["base"],
  dag: ["base"],
  operators: ["base"],
  history: ["base"],
  template: ["base"],
  language: ["base", "project", "dag", "operators", "template"],
  docker: ["base"],
  venv: ["base"],
  kubernetes: ["base"],
  run: ["base", "project", "dag", "operators", "template", "docker", "venv", "kubernetes", "history"],
  protocol: ["base"],
};
const ways = ["server", "cli", "extension"];

const oneWay = Object.entries(may).map(([room, rooms]) => ({
  name: `one-way-${room}`,
  severity: "error",
  from: { path: `^src/${room}/` },
  to: { path: "^src/", pathNot: [room, ...rooms].map((r) => `^src/${r}/`) },
}));

const apart = ways.map((way) => ({
  name: `ways-in-apart-${way}`,
  severity: "error",
  from: { path: `^src/${way}/` },
  to: { path: ways.filter((other) => other !== way).map((other) => `^src/${other}/`) },
}));

module.exports = {
  forbidden: [
    ...oneWay,
    ...apart,
    {
      name: "only-the-extension-imports-vscode",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/extension/" },
      to: { path: "^vscode$|^vscode-languageclient" },
    },
    {
      name: "no-cycles",
      severity: "error",
      from: { path: "^src/" },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "sources-do-not-import-tests",
      severity: "error",
      from: { path: "^src/", pathNot: "\\.test\\.ts$|/testing/" },
      to: { path: "^(test|bench|scripts)/|\\.test\\.ts$" },
    },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true, pathNot: "^vscode$" } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["node", "require", "import", "types", "default"],
      mainFields: ["main", "types"],
    },
    exclude: { path: "^(dist|out)/" },
  },
};
