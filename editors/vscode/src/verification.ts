/** Whether a candidate is a server that can be used, and the first that is. */

import type { Candidate, Command } from "./candidates";

/** How a program ended that was given nothing to read. */
export type Ended =
  | { readonly kind: "exited"; readonly status: number | null; readonly output: string; readonly errors: string }
  | { readonly kind: "late"; readonly milliseconds: number }
  | { readonly kind: "unstarted"; readonly message: string };

/** Runs a command with more arguments. Never rejects. */
export type Run = (command: Command, more: readonly string[]) => Promise<Ended>;

export interface Server extends Candidate {
  readonly version: string;
}

/** `installed` is whether it is iac-imds-lint nevertheless: who has installed it expects it to be used. */
export interface Rejected extends Candidate {
  readonly reason: string;
  readonly installed: boolean;
}

/** What was looked at, in order: all but the last one of `rejected` stand before `server`. */
export interface Choice {
  readonly server: Server | undefined;
  readonly rejected: readonly Rejected[];
}

/** The first release that has everything that the extension asks a server for. */
export const OLDEST = "0.1.0";

const WRONG_USE = 2;

/** The first candidate that is a server, and why those before it are none. */
export async function chosen(all: readonly Candidate[], run: Run): Promise<Choice> {
  const rejected: Rejected[] = [];
  for (const candidate of all) {
    const found = await verified(candidate, run);
    if ("version" in found) {
      return { server: found, rejected };
    }
    rejected.push(found);
  }
  return { server: undefined, rejected };
}

/**
 * `--version` says how old it is. `server` with nothing to read ends at once; with the status of wrong use where this
 * installation has no `server` or not the packages that it needs.
 */
export async function verified(candidate: Candidate, run: Run): Promise<Server | Rejected> {
  const [version, server] = await Promise.all([
    run(candidate.command, ["--version"]),
    run(candidate.command, ["server"]),
  ]);
  const said = /^iac-imds-lint, version (\S+)/m.exec(version.kind === "exited" ? version.output : "")?.[1];
  if (said === undefined) {
    return { ...candidate, reason: failure("--version", version), installed: false };
  }
  if (older(said, OLDEST)) {
    const reason = `version ${said} is too old: the extension needs ${OLDEST} or newer`;
    return { ...candidate, reason, installed: true };
  }
  if (server.kind !== "exited" || server.status === WRONG_USE) {
    return { ...candidate, reason: failure("server", server), installed: true };
  }
  return { ...candidate, version: said };
}

function failure(argument: string, ended: Ended): string {
  switch (ended.kind) {
    case "unstarted":
      return `cannot be started: ${ended.message}`;
    case "late":
      return `"${argument}" did not end within ${String(ended.milliseconds / 1000)} s`;
    case "exited":
      return lastLine(ended.errors) ?? `"${argument}" ended with status ${String(ended.status)} and no message`;
  }
}

function lastLine(text: string): string | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines
    .at(-1)
    ?.trim()
    .replace(/^Error: /, "");
}

/** Whether a version is before another; what follows the numbers, such as `rc1`, is not looked at. */
export function older(version: string, than: string): boolean {
  const [one, other] = [numbers(version), numbers(than)];
  const different = other.findIndex((number, index) => number !== (one[index] ?? 0));
  return different >= 0 && (one[different] ?? 0) < (other[different] ?? 0);
}

function numbers(version: string): number[] {
  return (/^\d+(\.\d+)*/.exec(version)?.[0] ?? "").split(".").map(Number);
}
