/** As much of vscode-languageclient as the extension uses, played: it starts the program, and says nothing to it. */

import type { ChildProcess } from "node:child_process";

export enum CloseAction {
  DoNotRestart = 1,
}

export enum ErrorAction {
  Continue = 1,
}

export enum RevealOutputChannelOn {
  Never = 4,
}

interface Options {
  readonly documentSelector: readonly unknown[];
  readonly errorHandler: { closed(): { action: CloseAction; handled: boolean } };
}

interface Feature {
  fillClientCapabilities(capabilities: Record<string, unknown>): void;
}

export class LanguageClient {
  static readonly all: LanguageClient[] = [];
  readonly capabilities: Record<string, unknown> = {};
  child: ChildProcess | undefined;
  disposed = false;

  constructor(
    readonly id: string,
    readonly name: string,
    private readonly run: () => Promise<ChildProcess>,
    readonly options: Options,
  ) {
    LanguageClient.all.push(this);
  }

  registerFeature(feature: Feature): void {
    feature.fillClientCapabilities(this.capabilities);
  }

  async start(): Promise<void> {
    this.child = await this.run();
    this.child.once("exit", () => {
      if (!this.disposed) {
        this.options.errorHandler.closed();
      }
    });
  }

  dispose(): Promise<void> {
    this.disposed = true;
    return Promise.resolve();
  }

  error(): void {
    throw new Error("nobody is told");
  }
}
