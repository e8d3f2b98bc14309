import type { EnvironmentsResult, ShownEnvironment, ShownProject } from "../protocol/messages";

type Parent = NonNullable<ShownProject["parent"]>;
export type ShownProblem = ShownProject["problems"][number];
type ShownRequirement = ShownEnvironment["requirements"][number];

/** What stands in the Environments view. `root` and `environment` make a node the argument of a command. */
export type EnvironmentNode =
  | { readonly kind: "project"; readonly root: string; readonly project: ShownProject }
  | {
      readonly kind: "parent";
      readonly root: string;
      readonly environment: "parent";
      readonly parent: Parent;
    }
  | {
      readonly kind: "environment";
      readonly root: string;
      readonly environment: string;
      readonly shown: ShownEnvironment;
    }
  | { readonly kind: "requirement"; readonly owner: string; readonly requirement: ShownRequirement }
  | { readonly kind: "package"; readonly owner: string; readonly name: string }
  | { readonly kind: "file"; readonly owner: string; readonly root: string; readonly path: string };

/** The first level: the projects, or what the only one holds. */
export function topNodes({ projects }: Pick<EnvironmentsResult, "projects">): EnvironmentNode[] {
  const [only, ...others] = projects;
  if (only && others.length === 0) return projectChildren(only);
  return projects.map((project) => ({ kind: "project", root: project.root, project }));
}

/** What stands below a node. */
export function childNodes(node: EnvironmentNode): EnvironmentNode[] {
  switch (node.kind) {
    case "project":
      return projectChildren(node.project);
    case "parent":
      return contents(nodeId(node), node.root, node.parent);
    case "environment":
      return contents(nodeId(node), node.root, node.shown);
    default:
      return [];
  }
}

/** Identifies a node from one discovery to the next, so that the view keeps what was open. */
export function nodeId(node: EnvironmentNode): string {
  switch (node.kind) {
    case "project":
      return node.root;
    case "parent":
      return `${node.root}|`;
    case "environment":
      return `${node.root}|${node.environment}`;
    case "requirement":
      return `${node.owner}|r|${node.requirement.name}|${node.requirement.place.file}:${node.requirement.place.line}`;
    case "package":
      return `${node.owner}|p|${node.name}`;
    case "file":
      return `${node.owner}|f|${node.path}`;
  }
}

function projectChildren({ root, parent, environments }: ShownProject): EnvironmentNode[] {
  return [
    ...(parent ? [{ kind: "parent", root, environment: "parent", parent } as const] : []),
    ...environments.map((shown) => ({ kind: "environment", root, environment: shown.name, shown }) as const),
  ];
}

function contents(owner: string, root: string, shown: Parent | ShownEnvironment): EnvironmentNode[] {
  return [
    ...shown.requirements.map((requirement) => ({ kind: "requirement", owner, requirement }) as const),
    ...[...new Set(shown.packages)].map((name) => ({ kind: "package", owner, name }) as const),
    ...shown.files.map((path) => ({ kind: "file", owner, root, path }) as const),
  ];
}
