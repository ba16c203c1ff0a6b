/** The connection to one server. */

import type { LogOutputChannel } from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  type LanguageClientOptions,
  type StaticFeature,
} from "vscode-languageclient/node";
import documents from "./documents.json";
import { dismissed, started } from "./processes";
import type { Client } from "./session";
import { SECTION } from "./settings";
import type { Server } from "./verification";

const GRACE = 1000;

/** What the server reads: what it lints, the values of variables, and the boot scripts of both. */
export const SELECTOR = [
  ...documents.languages.map((language) => ({ scheme: "file", language })),
  { scheme: "file", pattern: `**/*{${documents.suffixes.join(",")}}` },
];

/** The session tells what concerns the user; everything else is in the output. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** Tells the server which commands it may put into code lenses, as rust-analyzer is told its clients' commands. */
const LENSES: StaticFeature = {
  fillClientCapabilities: (capabilities) => {
    capabilities.experimental = { commands: [`${SECTION}.showReferences`] };
  },
  initialize: () => undefined,
  getState: () => ({ kind: "static" }),
  clear: () => undefined,
};

/** A client of a server; `ended` is called when the connection is closed from the other side. */
export function connected(server: Server, channel: LogOutputChannel, ended: () => void): Client {
  let stopped: () => Promise<void> = () => Promise.resolve();
  const run = async (): ReturnType<typeof started> => {
    const child = await started(server.command, ["server"]);
    stopped = () => dismissed(child, GRACE);
    return child;
  };
  const client = new QuietClient(SECTION, SECTION, run, options(channel, ended));
  client.registerFeature(LENSES);
  return {
    start: () => client.start(),
    stop: async (): Promise<void> => {
      try {
        await client.dispose();
      } finally {
        await stopped();
      }
    },
  };
}

function options(channel: LogOutputChannel, ended: () => void): LanguageClientOptions {
  return {
    documentSelector: SELECTOR,
    outputChannel: channel,
    traceOutputChannel: channel,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationFailedHandler: () => false,
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => {
        ended();
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    },
  };
}
