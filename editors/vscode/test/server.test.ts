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
  DocumentDiagnosticRequest,
  WorkspaceDiagnosticRequest,
  type Diagnostic,
  type TextDocumentEdit,
} from "vscode-languageserver-protocol/node";
import { Conversation, PULLING } from "./conversation";
import { candidates } from "../src/candidates";
import { ended } from "../src/processes";
import { verified } from "../src/verification";

declare const HOME: string;

const ENVIRONMENT = join(HOME, "../../.venv");
const SERVER = [join(ENVIRONMENT, "bin/iac-imds-lint")];
const skip = SERVER.every((file) => existsSync(file))
  ? false
  : "iac-imds-lint is not installed in the .venv of the repository (make test does that)";

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
  const [server, { capabilities, serverInfo }] = await Conversation.begun(SERVER, pathToFileURL(FOLDER).href);
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
    assert.deepEqual(change.edits, [{ range: found[0]?.range, newText: '"required"' }]);

    await server.tell(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version: 2 },
      contentChanges: change.edits.map(({ range, newText }) => ({ range, text: newText })),
    });
    while ((await server.diagnostics(uri)).length > 0);
    assert.equal(await server.end(), 0);
    assert.deepEqual(server.errors, []);
  } finally {
    server.kill();
  }
});

test(
  "findings are asked for, as the editor does it: of an open file, and of all others",
  { skip, timeout: 60_000 },
  async () => {
    const [open, other] = [file("main.tf", TEXT), file("other.tf", TEXT.replace("web", "other"))];
    const [server, { capabilities }] = await Conversation.begun(SERVER, pathToFileURL(FOLDER).href, PULLING);
    try {
      const { interFileDependencies, workspaceDiagnostics } = capabilities.diagnosticProvider ?? {};
      assert.deepEqual([interFileDependencies, workspaceDiagnostics], [true, true]);
      await server.tell(DidOpenTextDocumentNotification.type, {
        textDocument: { uri: open, languageId: "terraform", version: 1, text: TEXT.replace("optional", "required") },
      });
      const ofOpen = await server.ask(DocumentDiagnosticRequest.type, { textDocument: { uri: open } });
      assert.deepEqual(ofOpen.kind === "full" ? ofOpen.items : ofOpen, []);
      const { items } = await server.ask(WorkspaceDiagnosticRequest.type, { previousResultIds: [] });
      const found = items.flatMap((item) =>
        item.kind === "full" ? item.items.map((one) => [item.uri, one.code]) : [],
      );
      assert.deepEqual(found, [[other, "IMDS002"]]);
      assert.equal(await server.end(), 0);
    } finally {
      server.kill();
      rmSync(join(FOLDER, "other.tf"));
    }
  },
);

test(
  "the commands of the server are not those of the extension, and together they are all that there are",
  { skip, timeout: 60_000 },
  async () => {
    const [server, { capabilities }] = await Conversation.begun(SERVER, pathToFileURL(FOLDER).href);
    await server.end();
    const provided = capabilities.executeCommandProvider?.commands ?? [];
    const manifest = JSON.parse(readFileSync(join(HOME, "package.json"), "utf8")) as {
      contributes: { commands: { command: string }[] };
    };
    const own = ["restart", "showOutput", "showReferences", "showServer"].map((name) => `iac-imds-lint.${name}`);
    const named = manifest.contributes.commands.map(({ command }) => command);
    assert.deepEqual(
      provided.filter((command) => own.includes(command)),
      [],
      "the client registers those of the server: one that exists makes it fail",
    );
    assert.deepEqual(
      named.filter((command) => !own.includes(command) && !provided.includes(command)),
      [],
    );
  },
);

test("settings that change are asked for, and count", { skip, timeout: 60_000 }, async () => {
  const uri = file("main.tf", TEXT);
  const [server] = await Conversation.begun(SERVER, pathToFileURL(FOLDER).href);
  try {
    assert.equal((await server.diagnostics(uri)).length, 1);
    await server.configure({ ignore: ["IMDS002"] });
    while ((await server.diagnostics(uri)).length > 0);
    assert.equal(await server.end(), 0);
  } finally {
    server.kill();
  }
});
