import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { AddCommand } from "../command";
import { exitCodes } from "../exit";

/** `airlock lsp`: the language server on standard input and output, for editors other than VS Code. */
export const addLsp: AddCommand = (program, io, setExitCode) => {
  program
    .command("lsp")
    .description("the language server on standard input and output, for any editor")
    .addHelpText("after", '\ninitializationOptions: { "trusted": true, "dockerHost": "", "lens": true }')
    .action(async () => {
      const server = await serverFile(io.files.kind);
      // A process of its own: the ways in do not import each other, and its standard streams are the protocol's alone.
      const child = spawn(process.execPath, [...process.execArgv, server, "--stdio"], {
        cwd: io.cwd,
        env: io.env,
        stdio: "inherit",
      });
      const end = () => child.kill("SIGTERM");
      io.signal.addEventListener("abort", end, { once: true });
      try {
        const [code] = await once(child, "exit");
        if (code !== 0) setExitCode(typeof code === "number" ? code : exitCodes.cancelled);
      } finally {
        io.signal.removeEventListener("abort", end);
      }
    });
};

/** The server's bundle beside this one; its source where this runs from source. */
async function serverFile(kind: (path: string) => Promise<unknown>): Promise<string> {
  const bundle = join(__dirname, "server.js");
  return (await kind(bundle)) === "file" ? bundle : join(__dirname, "../../server/main.ts");
}
