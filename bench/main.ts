/** `npm run bench -- NAME`: measures, and says the ratios that the goals are told in. */
import { dag } from "./dag";
import { discover } from "./discover";
import { images } from "./images";
import { run } from "./run";
import { runtime } from "./runtime";

const benches: Readonly<Record<string, () => Promise<void>>> = { dag, discover, images, run, runtime };

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !(name in benches));
  if (names.length === 0 || unknown.length > 0) {
    console.error(`npm run bench -- NAME…   where NAME is one of: ${Object.keys(benches).join(", ")}`);
    return 2;
  }
  for (const name of names) await benches[name]?.();
  return 0;
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
