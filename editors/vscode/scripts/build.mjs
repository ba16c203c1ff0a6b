// The extension as one file, or with --tests the tests of it, each as one file. The same input makes the same bytes.

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const home = dirname(dirname(fileURLToPath(import.meta.url)));
const common = { absWorkingDir: home, bundle: true, platform: "node", target: "node18", logLevel: "warning" };

async function extension() {
  rmSync(join(home, "dist"), { recursive: true, force: true });
  const { metafile } = await build({
    ...common,
    entryPoints: ["src/extension.ts"],
    outfile: "dist/extension.js",
    format: "cjs",
    external: ["vscode"],
    minify: true,
    legalComments: "none",
    metafile: true,
  });
  writeFileSync(join(home, "dist", "licences.txt"), licences(Object.keys(metafile.inputs)));
}

/** The licences of the packages that the bundle holds. */
function licences(inputs) {
  const found = inputs.map((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]).filter(Boolean);
  return [...new Set(found)].sort().map(licence).join("\n");
}

function licence(directory) {
  const at = join(home, directory);
  const { name, version } = JSON.parse(readFileSync(join(at, "package.json"), "utf8"));
  const file = readdirSync(at).find((one) => /^licen[cs]e/i.test(one));
  if (file === undefined) {
    throw new Error(`${name} has no licence file`);
  }
  return `== ${name} ${version}\n\n${readFileSync(join(at, file), "utf8").replaceAll("\r", "").trim()}\n`;
}

/** Tests see the editor and the client that test/fakes/ plays. */
async function tests() {
  const named = readdirSync(join(home, "test"), { recursive: true, encoding: "utf8" });
  rmSync(join(home, "build", "test"), { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: named.filter((name) => name.endsWith(".test.ts")).map((name) => join("test", name)),
    outdir: "build/test",
    outbase: "test",
    outExtension: { ".js": ".cjs" },
    format: "cjs",
    sourcemap: "inline",
    alias: {
      vscode: resolve(home, "test/fakes/vscode.ts"),
      "vscode-languageclient/node": resolve(home, "test/fakes/languageclient.ts"),
    },
  });
}

await (process.argv.includes("--tests") ? tests() : extension());
