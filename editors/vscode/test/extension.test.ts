import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, afterEach, beforeEach, test } from "node:test";
import { LanguageClient } from "./fakes/languageclient";
import { begin, editor, LanguageStatusSeverity, Location, Position, Range, Uri, workspace } from "./fakes/vscode";
import { activate, deactivate } from "../src/extension";

const ROOT = realpathSync(mkdtempSync(join(tmpdir(), "iac-imds-lint-")));
const EXTENSION = join(ROOT, "extension");
const FOLDER = join(ROOT, "folder");
const PATH = process.env["PATH"] ?? "";

const windows = process.platform === "win32" ? "the servers here are scripts with a shebang" : false;

/** A program that says a version, and serves until there is nothing to read. */
function server(file: string, version: string): string {
  const script = `#!${process.execPath}
if (process.argv.includes("--version")) console.log("iac-imds-lint, version ${version}");
else process.stdin.resume();
`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, script);
  chmodSync(file, 0o755);
  return file;
}

async function activated(): Promise<void> {
  const context = { subscriptions: [], extensionPath: EXTENSION };
  await activate(context as unknown as Parameters<typeof activate>[0]);
}

function client(): LanguageClient {
  const last = LanguageClient.all.at(-1);
  assert.ok(last !== undefined);
  return last;
}

function contexts(): unknown[] {
  return editor.executed
    .filter(([command]) => command === "setContext")
    .map(([, name, value]) => `${String(name)} ${String(value)}`);
}

async function command(name: string, ...args: unknown[]): Promise<void> {
  const run = editor.commands.get(`iac-imds-lint.${name}`);
  assert.ok(run !== undefined);
  await run(...args);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

beforeEach(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(EXTENSION, { recursive: true });
  mkdirSync(FOLDER);
  process.env["PATH"] = join(FOLDER, "nothing");
  workspace.isTrusted = true;
  workspace.workspaceFolders = [{ uri: new Uri(FOLDER) }];
});

afterEach(async () => {
  await deactivate();
});

after(() => {
  process.env["PATH"] = PATH;
  rmSync(ROOT, { recursive: true });
});

const OWN = join(FOLDER, ".venv/bin/iac-imds-lint");

test("the server of the workspace runs, and its state is shown", { skip: windows }, async () => {
  server(OWN, "0.3.0");
  begin({});
  await activated();
  assert.deepEqual(
    { ...editor.status },
    {
      name: "iac-imds-lint",
      text: "iac-imds-lint 0.3.0",
      detail: `from the workspace's environment ${join(FOLDER, ".venv")}`,
      severity: LanguageStatusSeverity.Information,
      busy: false,
      command: { title: "Which server?", command: "iac-imds-lint.showServer" },
    },
  );
  assert.deepEqual(client().child?.spawnargs, [OWN, "server"]);
  assert.deepEqual(client().capabilities, { experimental: { commands: ["iac-imds-lint.showReferences"] } });
  assert.deepEqual(contexts().at(-1), "iac-imds-lint.running true");
  assert.deepEqual(editor.messages, []);
});

test("an untrusted workspace's server is not run, until it is trusted", { skip: windows }, async () => {
  server(OWN, "0.3.0");
  const other = server(join(ROOT, "bin/iac-imds-lint"), "0.2.0");
  process.env["PATH"] = [join(FOLDER, ".venv/bin"), dirname(other)].join(delimiter);
  workspace.isTrusted = false;
  begin({}, join(FOLDER, ".venv/bin/iac-imds-lint"));
  await activated();
  assert.equal(editor.status["text"], "iac-imds-lint 0.2.0");
  workspace.isTrusted = true;
  await editor.trusted.fire(undefined);
  assert.equal(editor.status["text"], "iac-imds-lint 0.3.0");
});

test("the selected Python is the first, and another one is taken when it is selected", { skip: windows }, async () => {
  const [one, two] = [server(join(FOLDER, "one"), "0.4.0"), server(join(FOLDER, "two"), "0.5.0")];
  server(OWN, "0.3.0");
  begin({}, one);
  await activated();
  assert.equal(editor.status["text"], "iac-imds-lint 0.4.0");
  assert.deepEqual(client().child?.spawnargs, [one, "-m", "iac_imds_lint", "server"]);
  const { python } = editor;
  assert.ok(python !== undefined);
  python.path = two;
  await python.changed.fire(undefined);
  await until(() => editor.status["text"] === "iac-imds-lint 0.5.0");
});

test("settings that are the server's alone restart nothing, the others do", { skip: windows }, async () => {
  server(OWN, "0.3.0");
  const other = server(join(FOLDER, "other"), "0.6.0");
  begin({});
  await activated();
  const before = LanguageClient.all.length;
  const change = async (name: string, value: unknown): Promise<void> => {
    editor.settings[name] = value;
    await editor.configured.fire({ affectsConfiguration: (asked) => asked === name });
  };
  await change("iac-imds-lint.select", ["IMDS001"]);
  await change("editor.fontSize", 3);
  assert.equal(LanguageClient.all.length, before);
  await change("iac-imds-lint.path", other);
  await until(() => editor.status["text"] === "iac-imds-lint 0.6.0");
  await change("iac-imds-lint.enable", false);
  await until(() => editor.status["text"] === "iac-imds-lint: off");
  assert.ok(client().disposed);
  assert.deepEqual(contexts().at(-1), "iac-imds-lint.running false");
  await change("iac-imds-lint.enable", true);
  await until(() => editor.status["text"] === "iac-imds-lint 0.6.0");
});

test("a setting that leads nowhere is told, with a way to the setting", async () => {
  begin({ "iac-imds-lint.path": join(ROOT, "none") });
  editor.answer = "Open Settings";
  await activated();
  const reason = `the server from the setting iac-imds-lint.path cannot be used: cannot be started: spawn ${join(ROOT, "none")} ENOENT`;
  assert.deepEqual(editor.messages, [[`iac-imds-lint: ${reason}`, "Restart", "Show Output", "Open Settings"]]);
  assert.equal(editor.status["detail"], reason);
  assert.deepEqual(editor.executed.at(-1), ["workbench.action.openSettings", "iac-imds-lint.path"]);
});

test("a server that is killed is started again", { skip: windows }, async () => {
  server(OWN, "0.3.0");
  begin({});
  await activated();
  const first = client();
  first.child?.kill("SIGKILL");
  await until(
    () => client() !== first && editor.status["text"] === "iac-imds-lint 0.3.0" && editor.status["busy"] === false,
  );
  assert.ok(editor.lines.includes("starting: the server ended unexpectedly"));
});

test("which server is used, and why the others are not", { skip: windows }, async () => {
  server(OWN, "0.0.1");
  const other = server(join(ROOT, "bin/iac-imds-lint"), "0.2.0");
  process.env["PATH"] = dirname(other);
  begin({});
  await activated();
  const venv = `the workspace's environment ${join(FOLDER, ".venv")}`;
  const old = "version 0.0.1 is too old: the extension needs 0.1.0 or newer";
  const told = `iac-imds-lint: the server from ${venv} cannot be used: ${old}; 0.2.0 from PATH is used instead`;
  assert.deepEqual(editor.messages.splice(0), [[told, "Restart", "Show Output", "Open Settings"]]);
  editor.answer = "Copy";
  await command("showServer");
  const lines = [`not used: ${OWN}, from ${venv}: ${old}`, `used: ${other}, version 0.2.0, from PATH`];
  assert.deepEqual(editor.messages, [["iac-imds-lint 0.2.0", { modal: true, detail: lines.join("\n\n") }, "Copy"]]);
  assert.equal(editor.copied, lines.join("\n"));
});

test("a code lens shows who uses a template; nonsense shows nothing", async () => {
  begin({ "iac-imds-lint.enable": false });
  await activated();
  editor.executed.length = 0;
  const [start, end] = [
    { line: 3, character: 0 },
    { line: 3, character: 9 },
  ];
  await command("showReferences", "file:///w/a%20b.tf", start, [{ uri: "file:///w/c.tf", range: { start, end } }]);
  await command("showReferences", "file:///w/a.tf", start);
  const range = new Range(new Position(3, 0), new Position(3, 9));
  assert.deepEqual(editor.executed, [
    [
      "editor.action.showReferences",
      Uri.parse("file:///w/a%20b.tf"),
      new Position(3, 0),
      [new Location(Uri.parse("file:///w/c.tf"), range)],
    ],
  ]);
});

test("the commands that package.json names are there, but for the server's own", async () => {
  begin({ "iac-imds-lint.enable": false });
  await activated();
  const own = ["restart", "showOutput", "showReferences", "showServer"].map((name) => `iac-imds-lint.${name}`);
  assert.deepEqual([...editor.commands.keys()].sort(), own);
});
