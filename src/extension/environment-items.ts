import { basename, relative } from "node:path";
import { MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState, Uri } from "vscode";
import { formatPlace, type Place } from "../base/errors";
import type { ImageState, ShownEnvironment } from "../protocol/messages";
import { childNodes, type EnvironmentNode, nodeId, type ShownProblem } from "./environment-nodes";

/** How a node of the Environments view looks. */
export function treeItem(node: EnvironmentNode): TreeItem {
  const item = new TreeItem(label(node), collapsible(node));
  item.id = nodeId(node);
  Object.assign(item, look(node));
  return item;
}

function label(node: EnvironmentNode): string {
  switch (node.kind) {
    case "project":
      return node.project.name;
    case "parent":
      return "parent image";
    case "environment":
      return node.environment;
    case "requirement":
      return node.requirement.name;
    case "package":
      return node.name;
    case "file":
      return basename(node.path);
  }
}

function collapsible(node: EnvironmentNode): TreeItemCollapsibleState {
  if (node.kind === "project") return TreeItemCollapsibleState.Expanded;
  return childNodes(node).length > 0 ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None;
}

function look(node: EnvironmentNode): Partial<TreeItem> {
  switch (node.kind) {
    case "project": {
      const { problems, kind, root, name } = node.project;
      return {
        description: kind === "astro" ? "Astro" : "",
        tooltip: tooltip(name, [root], problems),
        iconPath: icon("root-folder", problems),
        contextValue: "project",
        accessibilityInformation: spoken(`${name}, project`, problems),
      };
    }
    case "parent": {
      const { image, problems, requirements } = node.parent;
      return {
        description: described(image.reference, image.state),
        tooltip: tooltip("Parent image", imageLines(image), problems),
        iconPath: icon("layers", problems),
        contextValue: `image dockerfile${requirements.length > 0 ? " requirements" : ""}`,
        accessibilityInformation: spoken(
          `parent image ${image.reference}, ${stateWords[image.state]}`,
          problems,
        ),
      };
    }
    case "environment":
      return environmentLook(node.shown);
    case "requirement": {
      const { name, specifier } = node.requirement;
      const place = placeOf(node.requirement.place);
      return {
        description: specifier,
        tooltip: formatPlace(place),
        iconPath: new ThemeIcon("library"),
        command: openCommand(place),
        contextValue: "requirement",
        accessibilityInformation: { label: `requirement ${name} ${specifier}` },
      };
    }
    case "package":
      return {
        description: "system package",
        iconPath: new ThemeIcon("archive"),
        contextValue: "package",
        accessibilityInformation: { label: `system package ${node.name}` },
      };
    case "file":
      return {
        description: relative(node.root, node.path).split("\\").join("/").split("/").slice(0, -1).join("/"),
        resourceUri: Uri.file(node.path),
        iconPath: ThemeIcon.File,
        command: openCommand({ file: node.path }),
        contextValue: "file",
        accessibilityInformation: { label: `file ${basename(node.path)}` },
      };
  }
}

function environmentLook(shown: ShownEnvironment): Partial<TreeItem> {
  const { name, problems } = shown;
  const requirements = shown.requirements.length > 0 ? " requirements" : "";
  if (shown.kind === "venv") {
    return {
      description: `Python ${shown.python}`,
      tooltip: tooltip(name, ["A virtualenv in the parent image", `Python: \`${shown.python}\``], problems),
      iconPath: icon("symbol-namespace", problems),
      contextValue: `venv${requirements}`,
      accessibilityInformation: spoken(`${name}, virtualenv with Python ${shown.python}`, problems),
    };
  }
  const { image, base } = shown;
  return {
    description: described(image.reference, image.state),
    tooltip: tooltip(name, [...imageLines(image), `Built on: ${escaped(base)}`], problems),
    iconPath: icon("package", problems),
    contextValue: `image dockerfile${requirements}`,
    accessibilityInformation: spoken(
      `${name}, environment, image ${image.reference}, ${stateWords[image.state]}`,
      problems,
    ),
  };
}

const stateWords: Readonly<Record<ImageState, string>> = {
  built: "built",
  missing: "not built",
  unknown: "not known whether it is built",
};

function described(reference: string, state: ImageState): string {
  return state === "missing" ? `not built · ${reference}` : reference;
}

function imageLines(image: { reference: string; from: string; state: ImageState }): string[] {
  return [
    `Image: \`${image.reference}\` (${stateWords[image.state]})`,
    `Its name is from: ${escaped(image.from)}`,
  ];
}

function icon(id: string, problems: readonly ShownProblem[]): ThemeIcon {
  if (problems.some(({ severity }) => severity === "error")) {
    return new ThemeIcon("error", new ThemeColor("problemsErrorIcon.foreground"));
  }
  if (problems.length > 0) return new ThemeIcon("warning", new ThemeColor("problemsWarningIcon.foreground"));
  return new ThemeIcon(id);
}

function tooltip(title: string, lines: readonly string[], problems: readonly ShownProblem[]): MarkdownString {
  const markdown = new MarkdownString(`**${escaped(title)}**\n\n${lines.join("  \n")}`, true);
  for (const { severity, message, place } of problems) {
    const where = formatPlace({ file: basename(place.file), ...(place.line ? { line: place.line } : {}) });
    const uri = Uri.file(place.file).with({ fragment: place.line ? `L${place.line}` : "" });
    markdown.appendMarkdown(`\n\n$(${severity}) ${escaped(message)} ([${escaped(where)}](${uri}))`);
  }
  return markdown;
}

function spoken(text: string, problems: readonly ShownProblem[]): { label: string } {
  const messages = problems.map(({ severity, message }) => `, ${severity}: ${message}`);
  return { label: `${text}${messages.join("")}` };
}

const escaped = (text: string): string => text.replace(/[\\`*_{}[\]()#+!|<>~$]/g, "\\$&");

/** A place as it came over the wire, where what is not given may be there as undefined. */
function placeOf({ file, line, column }: ShownProblem["place"]): Place {
  return { file, ...(line !== undefined && { line }), ...(column !== undefined && { column }) };
}

function openCommand({ file, line, column }: Place): NonNullable<TreeItem["command"]> {
  const at = { line: (line ?? 1) - 1, character: (column ?? 1) - 1 };
  return {
    command: "vscode.open",
    title: "Open",
    arguments: [Uri.file(file), line ? { selection: { start: at, end: at } } : {}],
  };
}
