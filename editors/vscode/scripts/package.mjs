// The extension as a .vsix for one platform, in build/:
//   node scripts/package.mjs [--target TARGET]   with the server for that platform; for this one where none is named
//   node scripts/package.mjs --thin              without a server, for all platforms; asks no package index for anything
// PYTHON chooses the Python whose pip fetches what the server needs.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createVSIX } from "@vscode/vsce";

const home = dirname(dirname(fileURLToPath(import.meta.url)));
const { name, version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
const { values } = parseArgs({ options: { target: { type: "string" }, thin: { type: "boolean", default: false } } });
const target = values.thin ? undefined : (values.target ?? here());

// Files in the archive carry this time, so that the same input makes the same bytes.
process.env.SOURCE_DATE_EPOCH ??= "1767225600";
process.chdir(home);

if (target === undefined) {
  rmSync("bundled/libs", { recursive: true, force: true });
} else {
  run(python(), "scripts/bundle.py", target);
}
mkdirSync("build", { recursive: true });
const packagePath = `build/${name}-${version}${target ? `-${target}` : ""}.vsix`;
await createVSIX({ cwd: home, packagePath, dependencies: false, ...(target && { target }) });

/** The target of this machine. */
function here() {
  const musl = process.platform === "linux" && process.report.getReport().header.glibcVersionRuntime === undefined;
  return `${musl ? "alpine" : process.platform}-${process.arch}`;
}

function python() {
  const own = ["bin/python", "Scripts/python.exe"].map((file) => join(home, "../../.venv", file)).find(existsSync);
  return process.env.PYTHON ?? own ?? (process.platform === "win32" ? "python" : "python3");
}

function run(program, ...args) {
  const { status, error } = spawnSync(program, args, { stdio: "inherit" });
  if (status !== 0) {
    console.error(`${program} ${args.join(" ")}: ${error?.message ?? `ended with status ${status}`}`);
    process.exit(1);
  }
}
