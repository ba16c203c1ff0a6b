/** Other programs, run to their end. */

import { once } from "node:events";
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import type { Command } from "./candidates";
import type { Ended } from "./verification";

/** As much of what a program says as is kept; a version and an error are far shorter. */
const KEPT = 64 * 1024;

/** How a command ends that has nothing to read; it is killed after some milliseconds. Never rejects. */
export async function ended(command: Command, more: readonly string[], milliseconds: number): Promise<Ended> {
  let child: ChildProcessWithoutNullStreams;
  try {
    child = spawn(command.program, [...command.args, ...more], { cwd: command.cwd, windowsHide: true });
  } catch (error) {
    return { kind: "unstarted", message: messageOf(error) };
  }
  return await new Promise((resolve) => {
    const output = kept(child.stdout);
    const errors = kept(child.stderr);
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      release(child);
      resolve({ kind: "late", milliseconds });
    }, milliseconds);
    child.once("error", (error) => {
      clearTimeout(timer);
      resolve({ kind: "unstarted", message: error.message });
    });
    child.once("close", (status) => {
      clearTimeout(timer);
      resolve({ kind: "exited", status, output: output(), errors: errors() });
    });
    // A program that ends without reading closes its end first.
    child.stdin.on("error", () => undefined);
    child.stdin.end();
  });
}

/** A killed program's own children may hold its pipes open for ever. */
function release(child: ChildProcessWithoutNullStreams): void {
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    stream.destroy();
  }
}

function kept(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    if (size < KEPT) {
      chunks.push(chunk);
      size += chunk.length;
    }
  });
  return () => Buffer.concat(chunks).toString("utf8").slice(0, KEPT);
}

/** A command with more arguments, running; rejects where it cannot be started. */
export async function started(command: Command, more: readonly string[]): Promise<ChildProcessWithoutNullStreams> {
  const child = spawn(command.program, [...command.args, ...more], { cwd: command.cwd, windowsHide: true });
  await once(child, "spawn");
  return child;
}

/** Ends a program: by the end of what it reads, then by being asked, then by force, with so long between these. */
export async function dismissed(child: ChildProcessWithoutNullStreams, milliseconds: number): Promise<void> {
  child.stdin.on("error", () => undefined);
  child.stdin.end();
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (await gone(child, milliseconds)) {
      return;
    }
    child.kill(signal);
  }
}

async function gone(child: ChildProcessWithoutNullStreams, milliseconds: number): Promise<boolean> {
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  if (isGone()) {
    return true;
  }
  const cancelled = new AbortController();
  const late = setTimeout(() => {
    cancelled.abort();
  }, milliseconds);
  await once(child, "exit", { signal: cancelled.signal }).catch(() => undefined);
  clearTimeout(late);
  return isGone();
}

/** What is wrong, in words, of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
