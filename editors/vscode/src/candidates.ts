/** Where a server may be, best first. Nothing is run here. */

import * as path from "node:path";

/** What is run, and in which directory. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
}

export type Origin = "setting" | "interpreter" | "environment" | "path" | "bundled";

/** A server that may be there; `why` says where it comes from, and follows "from" in a sentence. */
export interface Candidate {
  readonly origin: Origin;
  readonly why: string;
  readonly command: Command;
}

/** What decides where to look. */
export interface Surroundings {
  /** The setting `path`: a program and its arguments; empty where it is not set. */
  readonly setting: readonly string[];
  /** The workspace's folders, absolute. */
  readonly folders: readonly string[];
  /** Whether programs of the workspace may be run. */
  readonly trusted: boolean;
  /** The Python that is selected in the Python extension. */
  readonly interpreter: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** The directory of this extension. */
  readonly extension: string;
  readonly windows: boolean;
}

/** Whether a file that can be run is there. */
export type Runnable = (file: string) => boolean;

const NAME = "iac-imds-lint";
const MODULE = "iac_imds_lint";

/**
 * The candidates, best first. A setting is the only one where there is one: who asked for a server is not given another;
 * but one that names something of a workspace that is not trusted does not count there.
 *
 * Only a command of the setting runs in the workspace, and only where that is trusted. All others run in the extension's
 * directory: `python -m` looks for modules in the directory that it runs in, and a `yaml.py` of the workspace is none of
 * Python's.
 */
export function candidates(around: Surroundings, runnable: Runnable): Candidate[] {
  if (around.setting.length > 0 && (around.trusted || !namesWorkspace(around))) {
    return [ofSetting(around, runnable)];
  }
  const found = [
    ...(around.trusted ? [...ofInterpreter(around, runnable), ...ofFolders(around, runnable)] : []),
    ...onPath(NAME, around, runnable).map((file) => candidate("path", "PATH", [file], around.extension)),
    ...bundled(around, runnable),
  ];
  return distinct(found);
}

function candidate(origin: Origin, why: string, [program = "", ...args]: readonly string[], cwd: string): Candidate {
  return { origin, why, command: { program, args, cwd } };
}

function distinct(all: readonly Candidate[]): Candidate[] {
  const known = new Map<string, Candidate>();
  for (const one of all) {
    const key = JSON.stringify([one.command.program, one.command.args]);
    known.set(key, known.get(key) ?? one);
  }
  return [...known.values()];
}

/** Whether the setting leads into the workspace: a user's own may, by a variable or a path that begins there. */
function namesWorkspace(around: Surroundings): boolean {
  const at = paths(around);
  const [program = "", ...args] = words(around);
  return (
    around.setting.some((word) => word.includes("${workspaceFolder}")) ||
    (/[\\/]/.test(program) && !at.isAbsolute(program)) ||
    [program, ...args].some((word) => at.isAbsolute(word) && inWorkspace(word, around))
  );
}

function ofSetting(around: Surroundings, runnable: Runnable): Candidate {
  const cwd = around.trusted ? (around.folders[0] ?? around.home) : around.extension;
  const [program = "", ...args] = words(around);
  const place = placed(program, cwd, around, runnable);
  return candidate("setting", "the setting iac-imds-lint.path", [place, ...args], cwd);
}

/** An absolute path where a name leads to one: Windows would look in the working directory first. */
function placed(program: string, cwd: string, around: Surroundings, runnable: Runnable): string {
  const at = paths(around);
  if (at.isAbsolute(program)) {
    return program;
  }
  return /[\\/]/.test(program) ? at.join(cwd, program) : (onPath(program, around, runnable)[0] ?? program);
}

/** The setting, word by word. */
function words(around: Surroundings): string[] {
  return around.setting.map((word) => replaced(word, around));
}

/** A word of a setting with `~` and the variables that other settings of VS Code have. */
function replaced(word: string, around: Surroundings): string {
  return word
    .replace(/^~(?=$|[\\/])/, () => around.home)
    .replace(/\$\{userHome\}/g, () => around.home)
    .replace(/\$\{workspaceFolder\}/g, () => around.folders[0] ?? "")
    .replace(/\$\{env:([^}]*)\}/g, (_, name: string) => around.environment[name] ?? "");
}

function ofInterpreter(around: Surroundings, runnable: Runnable): Candidate[] {
  const { interpreter } = around;
  if (interpreter === undefined || !runnable(interpreter)) {
    return [];
  }
  const why = "the Python that is selected in the Python extension";
  return [candidate("interpreter", why, [interpreter, "-m", MODULE], around.extension)];
}

function ofFolders(around: Surroundings, runnable: Runnable): Candidate[] {
  const at = paths(around);
  const named = [".venv", "venv"].flatMap((name) => around.folders.map((folder) => at.join(folder, name)));
  return named.flatMap((directory) => ofEnvironment(directory, around, runnable));
}

function ofEnvironment(directory: string, around: Surroundings, runnable: Runnable): Candidate[] {
  const at = paths(around);
  const [script, python] = around.windows
    ? [at.join(directory, "Scripts", `${NAME}.exe`), at.join(directory, "Scripts", "python.exe")]
    : [at.join(directory, "bin", NAME), at.join(directory, "bin", "python")];
  const command = runnable(script) ? [script] : runnable(python) ? [python, "-m", MODULE] : [];
  const why = `the workspace's environment ${directory}`;
  return command.length > 0 ? [candidate("environment", why, command, around.extension)] : [];
}

/** The server in the extension, on any Python that it may run on; `-I` keeps everything else out of it. */
function bundled(around: Surroundings, runnable: Runnable): Candidate[] {
  const at = paths(around);
  const libraries = at.join(around.extension, "bundled", "libs", MODULE, "__main__.py");
  if (!runnable(libraries)) {
    return [];
  }
  const script = at.join(around.extension, "bundled", "server.py");
  return pythons(around, runnable).map((python) =>
    candidate("bundled", `the extension, run by ${python.join(" ")}`, [...python, "-I", script], around.extension),
  );
}

function pythons(around: Surroundings, runnable: Runnable): string[][] {
  const { interpreter } = around;
  const selected = around.trusted && interpreter !== undefined && runnable(interpreter) ? [[interpreter]] : [];
  const launcher = around.windows ? onPath("py", around, runnable).map((file) => [file, "-3"]) : [];
  const named = ["python3", "python"].flatMap((name) => onPath(name, around, runnable)).map((file) => [file]);
  return [...selected, ...launcher, ...named];
}

/** The files of a name on PATH; without those of the workspace where that is not trusted. */
function onPath(name: string, around: Surroundings, runnable: Runnable): string[] {
  const at = paths(around);
  const file = around.windows && !/\.exe$/i.test(name) ? `${name}.exe` : name;
  return (around.environment["PATH"] ?? around.environment["Path"] ?? "")
    .split(at.delimiter)
    .filter((directory) => at.isAbsolute(directory) && (around.trusted || !inWorkspace(directory, around)))
    .map((directory) => at.join(directory, file))
    .filter(runnable);
}

function inWorkspace(directory: string, around: Surroundings): boolean {
  const at = paths(around);
  return around.folders.some((folder) => {
    const way = at.relative(folder, directory);
    return way !== ".." && !/^\.\.[\\/]/.test(way) && !at.isAbsolute(way);
  });
}

function paths(around: Surroundings): path.PlatformPath {
  return around.windows ? path.win32 : path.posix;
}
