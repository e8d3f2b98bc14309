import * as z from "zod";

/** What a lens, a completion item or a tree item hands to a command; a person's key binding may hand anything. */
export const taskArgument = z.object({ uri: z.string(), taskId: z.string(), line: z.number().int() });

export const environmentArgument = z.object({ root: z.string(), environment: z.string() });
