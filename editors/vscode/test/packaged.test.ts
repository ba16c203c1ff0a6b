import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import Module, { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Conversation } from "./conversation";
import { withAnything } from "./fakes/anything";
import * as vscode from "./fakes/vscode";

declare const HOME: string;

const { version: VERSION } = JSON.parse(readFileSync(join(HOME, "package.json"), "utf8")) as { version: string };

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
  mkdirSync(folder);
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

test(
  "installed, it starts the server that it carries, and shows what that one finds",
  { skip, timeout: 60_000 },
  async () => {
    const folder = join(ROOT, "other");
    mkdirSync(folder);
    writeFileSync(join(folder, "main.tf"), 'resource "aws_launch_template" "web" {\n}\n');
    const path = process.env["PATH"];
    const programs = join(ROOT, "programs");
    mkdirSync(programs);
    symlinkSync(realpathSync(PYTHON), join(programs, "python3"));
    process.env["PATH"] = programs;
    vscode.begin({});
    vscode.workspace.workspaceFolders = [{ uri: new vscode.Uri(folder), name: "other" }];
    const extension = loaded();
    try {
      await extension.activate({ subscriptions: [], extensionPath: EXTENSION });
      assert.deepEqual(
        [vscode.editor.status["text"], vscode.editor.status["detail"], vscode.editor.messages],
        [`iac-imds-lint ${VERSION}`, `from the extension, run by ${join(programs, "python3")}`, []],
      );
      while (vscode.editor.found.size === 0) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.deepEqual([...vscode.editor.found], [[join(folder, "main.tf"), 1]]);
    } finally {
      await extension.deactivate();
      process.env["PATH"] = path;
    }
    assert.equal(vscode.editor.status["text"], "iac-imds-lint: stopped");
  },
);

interface Extension {
  activate(context: unknown): Promise<void>;
  deactivate(): Promise<void>;
}

/** The extension as it is in the archive, with the library as it is, in an editor that is played. */
function loaded(): Extension {
  const loader = Module as unknown as { _load: (name: string, ...more: unknown[]) => unknown };
  const load = loader._load;
  loader._load = (name, ...more): unknown => (name === "vscode" ? withAnything(vscode) : load(name, ...more));
  try {
    return createRequire(join(EXTENSION, "dist/"))("./extension.js") as Extension;
  } finally {
    loader._load = load;
  }
}
