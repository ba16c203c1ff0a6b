// Run the tests, each file of them made into one that node runs: node scripts/test.mjs [NAME...]

import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const home = dirname(dirname(fileURLToPath(import.meta.url)));
const all = readdirSync(join(home, "test")).filter((name) => name.endsWith(".test.ts"));
const named = process.argv.length > 2 ? process.argv.slice(2).map((name) => `${name}.test.ts`) : all;

rmSync(join(home, "build", "test"), { recursive: true, force: true });
await build({
  absWorkingDir: home,
  entryPoints: named.map((name) => join("test", name)),
  outdir: "build/test",
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  sourcemap: "inline",
  logLevel: "warning",
  define: { HOME: JSON.stringify(home) },
  // Tests see an editor and a client that are played.
  alias: {
    vscode: join(home, "test/fakes/vscode.ts"),
    "vscode-languageclient/node": join(home, "test/fakes/languageclient.ts"),
  },
});
const files = named.map((name) => join(home, "build", "test", name.replace(/\.ts$/, ".cjs")));
process.exit(
  spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], { stdio: "inherit" }).status ?? 1,
);
