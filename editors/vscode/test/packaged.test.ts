import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Conversation } from "./conversation";

declare const HOME: string;

const NAMES = existsSync(join(HOME, "build"))
  ? readdirSync(join(HOME, "build")).filter((name) => name.endsWith(".vsix"))
  : [];
const HERE = NAMES.find((name) => name.endsWith(`-${process.platform}-${process.arch}.vsix`));
const skip = HERE === undefined ? "there is no .vsix for this machine in build/ (npm run package)" : false;
const PYTHON =
  ["bin/python", "Scripts/python.exe"].map((file) => join(HOME, "../../.venv", file)).find(existsSync) ?? "python3";

const ROOT = realpathSync(mkdtempSync(join(tmpdir(), "iac-imds-lint-")));
const EXTENSION = join(ROOT, "extension");
let files: string[] = [];

before(() => {
  if (HERE !== undefined) {
    const { status } = spawnSync(PYTHON, ["-m", "zipfile", "-e", join(HOME, "build", HERE), ROOT], {
      stdio: "inherit",
    });
    assert.equal(status, 0);
    const names = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).map((name) => name.replaceAll("\\", "/"));
    files = names.filter((name) => statSync(join(ROOT, name)).isFile()).sort();
  }
});

after(() => {
  rmSync(ROOT, { recursive: true });
});

test("the archive holds the extension, and nothing beside it", { skip }, () => {
  assert.deepEqual(
    files.filter((name) => !name.startsWith("extension/bundled/libs/")),
    [
      "[Content_Types].xml",
      "extension.vsixmanifest",
      "extension/LICENSE.txt",
      "extension/bundled/server.py",
      "extension/changelog.md",
      "extension/dist/extension.js",
      "extension/dist/licences.txt",
      "extension/icon.png",
      "extension/package.json",
      "extension/readme.md",
    ],
  );
});

test("the server in it is the package of this repository, and what requirements.txt names", { skip }, () => {
  const libs = files.flatMap((name) => /^extension\/bundled\/libs\/(.*)$/.exec(name)?.[1] ?? []);
  const own = libs.filter((name) => name.startsWith("iac_imds_lint/"));
  const listed = spawnSync("git", ["ls-files", "-co", "--exclude-standard", "iac_imds_lint"], {
    cwd: join(HOME, "../.."),
    encoding: "utf8",
  });
  assert.deepEqual(own, listed.stdout.trim().split("\n").sort());
  const normal = (name: string): string => name.toLowerCase().replaceAll("_", "-");
  const held = libs
    .flatMap((name) => /^([^/]+)\.dist-info\/METADATA$/.exec(name)?.[1] ?? [])
    .map((name) => normal(name).replace(/-(?=\d)/, "=="));
  const named = readFileSync(join(HOME, "requirements.txt"), "utf8").match(/^[a-z][\w.-]*==[\w.]+/gm) ?? [];
  assert.deepEqual(held.sort(), named.map(normal).sort());
});

test("no tests, no caches, no maps, no sources of C, nothing hidden", { skip }, () => {
  const unwanted =
    /(^|\/)(node_modules|tests?|__pycache__|\.[^/]*)\/|\.(map|pyc|ts|c|h|pyx)$|(^|\/)\.[^/]*$|direct_url|RECORD$/;
  assert.deepEqual(
    files.filter((name) => unwanted.test(name)),
    [],
  );
});

test("no path of the machine that packaged it", { skip }, () => {
  const places = [HOME, homedir(), tmpdir()]
    .filter((place) => place.length > 4 && place !== "/root")
    .map((place) => Buffer.from(place));
  places.push(Buffer.from(join(HOME, "../..")), Buffer.from("sourceMappingURL"));
  const ours = files.filter(
    (name) => !/\.(so|pyd|dylib)$/.test(name) && !/^extension\/bundled\/libs\/(?!iac_imds_lint\/)/.test(name),
  );
  const telling = ours.filter((name) => places.some((place) => readFileSync(join(ROOT, name)).includes(place)));
  assert.deepEqual(telling, []);
});

test("the server in it runs on a Python that has nothing else", { skip, timeout: 60_000 }, async () => {
  const folder = join(ROOT, "folder");
  spawnSync("mkdir", [folder]);
  writeFileSync(join(folder, "main.tf"), 'resource "aws_launch_template" "web" {\n}\n');
  writeFileSync(join(folder, "yaml.py"), "raise SystemExit('a module of the workspace was imported')\n");
  const [server] = await Conversation.begun(
    [PYTHON, "-I", "-S", join(EXTENSION, "bundled/server.py")],
    pathToFileURL(folder).href,
  );
  try {
    const found = await server.diagnostics(pathToFileURL(join(folder, "main.tf")).href);
    assert.deepEqual(
      found.map(({ code }) => code),
      ["IMDS001"],
    );
    assert.equal(await server.end(), 0);
    assert.deepEqual(server.errors, []);
  } finally {
    server.kill();
  }
});

test("what the editor loads begins with nothing but the editor", { skip }, () => {
  const loaded = readFileSync(join(EXTENSION, "dist/extension.js"), "utf8");
  const required = new Set(
    [...loaded.matchAll(/require\("([^"]+)"\)/g)].map(([, name]) => name?.replace(/^node:/, "")),
  );
  const known = ["child_process", "crypto", "events", "fs", "net", "os", "path", "url", "util", "vscode"];
  assert.deepEqual(
    [...required].filter((name) => name === undefined || !known.includes(name)),
    [],
  );
});
