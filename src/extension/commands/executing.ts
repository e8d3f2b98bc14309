import { type CommandId, commands } from "../../protocol/commands";

/** Commands that execute something of the project, or ask an engine or a registry: only in a trusted workspace. */
export const executing: ReadonlySet<CommandId> = new Set([
  commands.run.id,
  commands.build.id,
  commands.buildAll.id,
  commands.push.id,
  commands.pushAll.id,
]);
