/** A conversation with a server, in the words of the library that the extension speaks with. */

import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import {
  createProtocolConnection,
  DidChangeConfigurationNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  PublishDiagnosticsNotification,
  RegistrationRequest,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  ConfigurationRequest,
  WorkDoneProgressCreateRequest,
  type Diagnostic,
  type InitializeResult,
  type ProtocolConnection,
} from "vscode-languageserver-protocol/node";

/** What the extension's client can do, as far as the server asks. */
const CAPABILITIES = {
  general: { positionEncodings: ["utf-16"] },
  workspace: {
    applyEdit: true,
    workspaceEdit: { documentChanges: true },
    configuration: true,
    didChangeConfiguration: { dynamicRegistration: true },
    workspaceFolders: true,
  },
  textDocument: {
    synchronization: { dynamicRegistration: true },
    publishDiagnostics: { relatedInformation: true },
    codeAction: {
      codeActionLiteralSupport: { codeActionKind: { valueSet: ["quickfix", "source.fixAll"] } },
      isPreferredSupport: true,
    },
  },
  experimental: { commands: ["iac-imds-lint.showReferences"] },
};

export class Conversation {
  private readonly connection: ProtocolConnection;
  private readonly published: { uri: string; diagnostics: Diagnostic[] }[] = [];
  private waiting: () => void = () => undefined;
  /** What the server was asked to be told of. */
  readonly registered: string[] = [];
  /** The settings that it is told when it asks. */
  settings: unknown = {};

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    readonly errors: string[],
  ) {
    this.connection = createProtocolConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    this.connection.onNotification(PublishDiagnosticsNotification.type, (params) => {
      this.published.push(params);
      this.waiting();
    });
    this.connection.onRequest(RegistrationRequest.type, ({ registrations }) => {
      this.registered.push(...registrations.map(({ method }) => method));
    });
    this.connection.onRequest(ConfigurationRequest.type, ({ items }) => items.map(() => this.settings));
    this.connection.onRequest(WorkDoneProgressCreateRequest.type, () => undefined);
    this.connection.listen();
  }

  /** A server that was started with a command, and with which a folder is open. */
  static async begun(command: readonly string[], folder: string): Promise<[Conversation, InitializeResult]> {
    const [program = "", ...args] = command;
    const child = spawn(program, [...args, "server"], { cwd: "/" });
    const errors: string[] = [];
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
    const conversation = new Conversation(child, errors);
    const result = await conversation.connection.sendRequest(InitializeRequest.type, {
      processId: process.pid,
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- the type demands it
      rootUri: null,
      capabilities: CAPABILITIES,
      workspaceFolders: [{ uri: folder, name: "folder" }],
    });
    await conversation.connection.sendNotification(InitializedNotification.type, {});
    return [conversation, result];
  }

  get ask(): ProtocolConnection["sendRequest"] {
    return this.connection.sendRequest.bind(this.connection);
  }

  get tell(): ProtocolConnection["sendNotification"] {
    return this.connection.sendNotification.bind(this.connection);
  }

  /** The settings are others now. */
  async configure(settings: unknown): Promise<void> {
    this.settings = settings;
    await this.tell(DidChangeConfigurationNotification.type, { settings: null });
  }

  /** What is published for a file next; of more than one publication that waits, each counts. */
  async diagnostics(uri: string): Promise<Diagnostic[]> {
    for (;;) {
      const index = this.published.findIndex((one) => one.uri === uri);
      if (index >= 0) {
        return this.published.splice(index, 1)[0]?.diagnostics ?? [];
      }
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
    }
  }

  /** Says goodbye; the status that the server ends with. */
  async end(): Promise<number | null> {
    await this.connection.sendRequest(ShutdownRequest.type);
    const gone = once(this.child, "exit");
    await this.connection.sendNotification(ExitNotification.type);
    await gone;
    this.connection.dispose();
    return this.child.exitCode;
  }

  /** Ends the server however it is. */
  kill(): void {
    this.child.kill("SIGKILL");
  }
}
