/** `npm run demo [-- --airflow 2|3]`: sets up what is missing with Node alone, then runs scripts/demo.ts. */
import { bin, checkNode, installPackages, run } from "./ready.mjs";

checkNode();
installPackages();
run("npm", ["run", "--silent", "build"]);
run(bin("tsx"), ["scripts/demo.ts", ...process.argv.slice(2)]);
