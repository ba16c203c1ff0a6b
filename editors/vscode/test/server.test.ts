import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import {
  CodeActionRequest,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  type Diagnostic,
  type TextDocumentEdit,
} from "vscode-languageserver-protocol/node";
import { Conversation } from "./conversation";
import { candidates } from "../src/candidates";
import { ended } from "../src/processes";
import { verified } from "../src/verification";

declare const HOME: string;

const ENVIRONMENT = join(HOME, "../../.venv");
const INSTALLED = existsSync(join(ENVIRONMENT, "bin/iac-imds-lint"));
const skip = INSTALLED ? false : "iac-imds-lint is not installed in the .venv of the repository (make test does that)";

const FOLDER = realpathSync(mkdtempSync(join(tmpdir(), "iac-imds-lint-")));
after(() => {
  rmSync(FOLDER, { recursive: true });
});

/** Columns are counted in UTF-16: the emoji are two units each. */
const TEXT = `resource "aws_launch_template" "web" {
  metadata_options {
    http_endpoint = "enabled"
    /* 😀é */ http_tokens = "optional"
  }
}
`;
const BEFORE = '    /* 😀é */ http_tokens = "'.length;

function file(name: string, text: string): string {
  const path = join(FOLDER, name);
  writeFileSync(path, text);
  return pathToFileURL(path).href;
}

function words(diagnostic: Diagnostic): string {
  const { start, end } = diagnostic.range;
  const place = `${String(start.line)}:${String(start.character)}-${String(end.line)}:${String(end.character)}`;
  return `${String(diagnostic.code)} ${place}`;
}

test("the server of the repository is found, verified, and of the extension's version", { skip }, async () => {
  const around = { setting: [], trusted: true, interpreter: undefined, environment: {}, home: "/", windows: false };
  const [candidate] = candidates({ ...around, folders: [join(ENVIRONMENT, "..")], extension: HOME }, existsSync);
  assert.ok(candidate !== undefined);
  const found = await verified(candidate, (command, more) => ended(command, more, 60_000));
  const { version } = JSON.parse(readFileSync(join(HOME, "package.json"), "utf8")) as { version: string };
  assert.deepEqual(found, { ...candidate, version });
});

test("open, diagnostics, quick fix, change, and end", { skip, timeout: 60_000 }, async () => {
  const uri = file("main.tf", TEXT);
  const [server, { capabilities, serverInfo }] = await Conversation.begun(
    [join(ENVIRONMENT, "bin/iac-imds-lint")],
    pathToFileURL(FOLDER).href,
  );
  try {
    assert.equal(serverInfo?.name, "iac-imds-lint");
    assert.ok([undefined, "utf-16"].includes(capabilities.positionEncoding), "the client takes no other encoding");
    const found = await server.diagnostics(uri);
    const place = `3:${String(BEFORE - 1)}-3:${String(BEFORE + "optional".length + 1)}`;
    assert.deepEqual(found.map(words), [`IMDS002 ${place}`]);

    await server.tell(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId: "terraform", version: 1, text: TEXT },
    });
    const range = { start: { line: 3, character: BEFORE }, end: { line: 3, character: BEFORE } };
    const actions = await server.ask(CodeActionRequest.type, {
      textDocument: { uri },
      range,
      context: { diagnostics: found, only: ["quickfix"] },
    });
    const fix = actions?.find((action) => "isPreferred" in action && action.isPreferred);
    assert.ok(fix !== undefined && "edit" in fix, "a safe fix is preferred");
    const [change] = (fix.edit.documentChanges ?? []) as TextDocumentEdit[];
    assert.deepEqual(change?.textDocument, { uri, version: 1 });
    assert.deepEqual(
      change.edits.map(({ newText }) => newText),
      ["required"],
    );

    const end = { line: 3, character: BEFORE + "optional".length };
    await server.tell(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version: 2 },
      contentChanges: [{ range: { start: range.start, end }, text: "required" }],
    });
    while ((await server.diagnostics(uri)).length > 0);
    assert.equal(await server.end(), 0);
    assert.deepEqual(server.errors, []);
  } finally {
    server.kill();
  }
});

test("settings that change are asked for, and count", { skip, timeout: 60_000 }, async () => {
  const uri = file("main.tf", TEXT);
  const [server] = await Conversation.begun([join(ENVIRONMENT, "bin/iac-imds-lint")], pathToFileURL(FOLDER).href);
  try {
    assert.equal((await server.diagnostics(uri)).length, 1);
    assert.ok(server.registered.includes("workspace/didChangeConfiguration"), "the client tells only who asked for it");
    await server.configure({ ignore: ["IMDS002"] });
    while ((await server.diagnostics(uri)).length > 0);
    assert.equal(await server.end(), 0);
  } finally {
    server.kill();
  }
});
