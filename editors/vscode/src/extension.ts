/** What the editor asks for, to what the session does. */

import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import {
  commands,
  env,
  languages,
  LanguageStatusSeverity,
  Location,
  Position,
  Range,
  Uri,
  window,
  workspace,
  type ExtensionContext,
  type LanguageStatusItem,
  type LogOutputChannel,
} from "vscode";
import { candidates, type Candidate } from "./candidates";
import { connected, SELECTOR } from "./client";
import { ended } from "./processes";
import { onDidSelect, selected } from "./python";
import { references } from "./references";
import { Session, type Host } from "./session";
import { commandOf, SECTION } from "./settings";
import { explained, shown, type State } from "./state";
import { chosen } from "./verification";

/** How long a server may take to say its version: Python starts slowly on a cold disk. */
const PATIENCE = 10_000;

const SEVERITIES = {
  information: LanguageStatusSeverity.Information,
  warning: LanguageStatusSeverity.Warning,
  error: LanguageStatusSeverity.Error,
};

let session: Session | undefined;

/** Begins: the editor calls this once. */
export async function activate(context: ExtensionContext): Promise<void> {
  const channel = window.createOutputChannel(SECTION, { log: true });
  const status = languages.createLanguageStatusItem(SECTION, SELECTOR);
  const mine = new Session(hostOf(context, channel, status));
  session = mine;
  const restart = (why: string) => (): Promise<void> => mine.restart(why);
  context.subscriptions.push(
    channel,
    status,
    commands.registerCommand(`${SECTION}.restart`, restart("asked for")),
    commands.registerCommand(`${SECTION}.showOutput`, () => {
      channel.show();
    }),
    commands.registerCommand(`${SECTION}.showServer`, () => showServer(mine, channel)),
    commands.registerCommand(`${SECTION}.showReferences`, showReferences),
    workspace.onDidGrantWorkspaceTrust(restart("the workspace is trusted now")),
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${SECTION}.path`) || enabled() !== (mine.state.kind !== "off")) {
        void mine.restart("the settings have changed");
      }
    }),
  );
  await mine.restart("the editor has started");
  const selecting = await onDidSelect(() => void mine.restart("another Python is selected"));
  if (selecting !== undefined) {
    context.subscriptions.push(selecting);
  }
}

/** Ends: the editor waits for this. */
export async function deactivate(): Promise<void> {
  await session?.stop();
}

function hostOf(context: ExtensionContext, channel: LogOutputChannel, status: LanguageStatusItem): Host {
  return {
    enabled,
    candidates: () => around(context.extensionPath, channel),
    choose: (all) => chosen(all, (command, more) => ended(command, more, PATIENCE)),
    client: (server, gone) => connected(server, channel, gone),
    show: (state) => {
      show(state, status);
    },
    log: (line) => {
      channel.info(line);
    },
    tell: (severity, message) => void tell(severity, message),
    now: () => performance.now(),
  };
}

/** Whether any folder is to be linted; which ones, the server asks. */
function enabled(): boolean {
  const scopes = workspace.workspaceFolders ?? [undefined];
  return scopes.some((scope) => workspace.getConfiguration(SECTION, scope).get<boolean>("enable") !== false);
}

async function around(extension: string, channel: LogOutputChannel): Promise<Candidate[]> {
  const interpreter = workspace.isTrusted
    ? await selected().catch((error: unknown) => {
        channel.warn(`the Python extension does not say which Python is selected: ${String(error)}`);
        return undefined;
      })
    : undefined;
  return candidates(
    {
      setting: commandOf(workspace.getConfiguration(SECTION).get("path")),
      folders: (workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath),
      trusted: workspace.isTrusted,
      interpreter,
      environment: process.env,
      home: homedir(),
      extension,
      windows: process.platform === "win32",
    },
    runnable,
  );
}

/** Whether a file is there that may be run; Windows decides by the name alone. */
function runnable(file: string): boolean {
  try {
    accessSync(file, file.endsWith(".py") ? constants.R_OK : constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function show(state: State, status: LanguageStatusItem): void {
  const { text, detail, severity, busy, action } = shown(state);
  status.name = SECTION;
  status.text = text;
  status.detail = detail;
  status.severity = SEVERITIES[severity];
  status.busy = busy;
  status.command = action;
  void commands.executeCommand("setContext", `${SECTION}.running`, state.kind === "running");
}

const BUTTONS: Readonly<Record<string, readonly string[]>> = {
  Restart: [`${SECTION}.restart`],
  "Show Output": [`${SECTION}.showOutput`],
  "Open Settings": ["workbench.action.openSettings", `${SECTION}.path`],
};

async function tell(severity: "warning" | "error", message: string): Promise<void> {
  const told = severity === "error" ? window.showErrorMessage : window.showWarningMessage;
  const answer = await told(`iac-imds-lint: ${message}`, ...Object.keys(BUTTONS));
  const [command, ...args] = BUTTONS[answer ?? ""] ?? [];
  if (command !== undefined) {
    await commands.executeCommand(command, ...args);
  }
}

async function showServer(of: Session, channel: LogOutputChannel): Promise<void> {
  const lines = explained(of.state, of.rejected);
  lines.forEach((line) => {
    channel.info(line);
  });
  const copy = "Copy";
  const answer = await window.showInformationMessage(
    shown(of.state).text,
    { modal: true, detail: lines.join("\n\n") },
    copy,
  );
  if (answer === copy) {
    await env.clipboard.writeText(lines.join("\n"));
  }
}

async function showReferences(...args: unknown[]): Promise<void> {
  const asked = references(args);
  if (asked === undefined) {
    return;
  }
  const position = ({ line, character }: { line: number; character: number }): Position =>
    new Position(line, character);
  const locations = asked.locations.map(
    ({ uri, range }) => new Location(Uri.parse(uri), new Range(position(range.start), position(range.end))),
  );
  const uri = Uri.parse(asked.uri);
  await commands.executeCommand("editor.action.showReferences", uri, position(asked.position), locations);
}
