/** As much of the editor as the extension uses, played: what it was asked for is in `editor`. */

type Listener<T> = (value: T) => unknown;

class Event<T> {
  private readonly listeners: Listener<T>[] = [];
  readonly on = (listener: Listener<T>): { dispose: () => void } => {
    this.listeners.push(listener);
    return { dispose: (): void => undefined };
  };
  async fire(value: T): Promise<void> {
    await Promise.all(this.listeners.map((listener) => listener(value)));
  }
}

export interface Played {
  settings: Record<string, unknown>;
  commands: Map<string, (...args: unknown[]) => unknown>;
  executed: unknown[][];
  messages: unknown[][];
  /** The button that is pressed in the next message. */
  answer: string | undefined;
  lines: string[];
  copied: string;
  status: Record<string, unknown>;
  trusted: Event<undefined>;
  configured: Event<{ affectsConfiguration: (name: string) => boolean }>;
  /** The path that the Python extension says; undefined where there is no such extension. */
  python: { path: string | undefined; changed: Event<undefined> } | undefined;
}

export const editor: Played = begun();

function begun(): Played {
  return {
    settings: {},
    commands: new Map(),
    executed: [],
    messages: [],
    answer: undefined,
    lines: [],
    copied: "",
    status: {},
    trusted: new Event(),
    configured: new Event(),
    python: undefined,
  };
}

/** An editor that was just started, with these settings, in which another Python can be selected. */
export function begin(settings: Record<string, unknown>, python?: string): void {
  Object.assign(editor, begun(), { settings });
  if (python !== undefined) {
    editor.python = { path: python, changed: new Event() };
  }
}

export const workspace = {
  isTrusted: true,
  workspaceFolders: undefined as readonly { uri: Uri }[] | undefined,
  getConfiguration: (section: string): { get: (name: string) => unknown } => ({
    get: (name: string): unknown => editor.settings[`${section}.${name}`],
  }),
  onDidGrantWorkspaceTrust: (listener: Listener<undefined>): unknown => editor.trusted.on(listener),
  onDidChangeConfiguration: (listener: Listener<{ affectsConfiguration: (name: string) => boolean }>): unknown =>
    editor.configured.on(listener),
};

function answered(...message: unknown[]): Promise<string | undefined> {
  editor.messages.push(message);
  const { answer } = editor;
  editor.answer = undefined;
  return Promise.resolve(answer);
}

const write = (line: string): void => {
  editor.lines.push(line);
};

export const window = {
  createOutputChannel: (): unknown => ({
    info: write,
    warn: write,
    show: (): void => void editor.executed.push(["show the output"]),
  }),
  showErrorMessage: answered,
  showWarningMessage: answered,
  showInformationMessage: answered,
};

export const languages = {
  createLanguageStatusItem: (): unknown => editor.status,
};

export const commands = {
  registerCommand: (name: string, run: (...args: unknown[]) => unknown): void => {
    editor.commands.set(name, run);
  },
  executeCommand: (...command: unknown[]): Promise<void> => {
    editor.executed.push(command);
    return Promise.resolve();
  },
};

export const env = {
  clipboard: {
    writeText: (text: string): void => {
      editor.copied = text;
    },
  },
};

export const extensions = {
  getExtension: (name: string): unknown =>
    name === "ms-python.python" && editor.python !== undefined ? { activate: () => api(editor.python) } : undefined,
};

function api(python: Played["python"]): unknown {
  return {
    environments: {
      getActiveEnvironmentPath: () => ({ path: python?.path ?? "" }),
      resolveEnvironment: ({ path }: { path: string }) =>
        Promise.resolve(path === "" ? undefined : { executable: { uri: { fsPath: path } } }),
      onDidChangeActiveEnvironmentPath: (listener: Listener<undefined>) => python?.changed.on(listener),
    },
  };
}

export enum LanguageStatusSeverity {
  Information,
  Warning,
  Error,
}

export class Uri {
  constructor(readonly fsPath: string) {}
  static parse(text: string): Uri {
    return new Uri(new URL(text).pathname);
  }
}

export class Position {
  constructor(
    readonly line: number,
    readonly character: number,
  ) {}
}

export class Range {
  constructor(
    readonly start: Position,
    readonly end: Position,
  ) {}
}

export class Location {
  constructor(
    readonly uri: Uri,
    readonly range: Range,
  ) {}
}
