/** The Python extension, where there is one: https://github.com/microsoft/vscode-python/wiki/Python-Environment-APIs. */

import { extensions, workspace, type Disposable } from "vscode";

interface Environments {
  getActiveEnvironmentPath(resource?: unknown): { readonly path: string };
  resolveEnvironment(environment: {
    readonly path: string;
  }): Promise<{ readonly executable: { readonly uri?: { readonly fsPath: string } } } | undefined>;
  onDidChangeActiveEnvironmentPath(listener: () => void): Disposable;
}

/** The Python that is selected for the first folder; undefined where none is, or nobody selects any. */
export async function selected(): Promise<string | undefined> {
  const environments = await api();
  if (environments === undefined) {
    return undefined;
  }
  const active = environments.getActiveEnvironmentPath(workspace.workspaceFolders?.[0]?.uri);
  return (await environments.resolveEnvironment(active))?.executable.uri?.fsPath;
}

/** Calls when another Python is selected. */
export async function onDidSelect(listener: () => void): Promise<Disposable | undefined> {
  return (await api())?.onDidChangeActiveEnvironmentPath(listener);
}

async function api(): Promise<Environments | undefined> {
  const extension = extensions.getExtension<{ environments?: Environments } | undefined>("ms-python.python");
  return (await extension?.activate())?.environments;
}
