import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { startServer } from "./start";

// The transport is what the command line says: --stdio, or --node-ipc from the extension.
if (require.main === module) startServer(createConnection(ProposedFeatures.all));
