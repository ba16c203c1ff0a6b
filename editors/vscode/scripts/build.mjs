// The extension as one file, with the licences of what is in it. The same input makes the same bytes.

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const home = dirname(dirname(fileURLToPath(import.meta.url)));

async function extension() {
  rmSync(join(home, "dist"), { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: home,
    bundle: true,
    platform: "node",
    target: "node18",
    logLevel: "warning",
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

await extension();
