import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { dismissed, ended, started } from "../src/processes";
import type { Command } from "../src/candidates";

function node(script: string): Command {
  return { program: process.execPath, args: ["-e", script], cwd: "/" };
}

test("what a program says, and its status", async () => {
  const said = await ended(
    node("console.log(process.argv[1], process.cwd()); console.error('é'); process.exit(3)"),
    ["x"],
    60_000,
  );
  assert.deepEqual(said, { kind: "exited", status: 3, output: "x /\n", errors: "é\n" });
});

test("a program has nothing to read: who reads to the end ends", async () => {
  const said = await ended(node("process.stdin.resume().on('end', () => console.log('end'))"), [], 60_000);
  assert.deepEqual(said, { kind: "exited", status: 0, output: "end\n", errors: "" });
});

test("a program that says too much is cut off, and still ends", async () => {
  const said = await ended(node("process.stdout.write('x'.repeat(1e6))"), [], 60_000);
  assert.equal(said.kind === "exited" ? said.output.length : said.kind, 64 * 1024);
});

test("a program that does not end is killed, with a child of its that holds its output open", async () => {
  const child =
    "require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => 0, 5000)'], {stdio: 'inherit'})";
  const said = await ended(node(`process.on('SIGTERM', () => 0); ${child}; setInterval(() => 0, 1000)`), [], 500);
  assert.deepEqual(said, { kind: "late", milliseconds: 500 });
});

test("a program that is not there", async () => {
  const said = await ended({ program: "/none/such", args: [], cwd: "/" }, [], 60_000);
  assert.deepEqual(said, { kind: "unstarted", message: "spawn /none/such ENOENT" });
  await assert.rejects(started({ program: "/none/such", args: [], cwd: "/" }, []), /ENOENT/);
});

test("a path that no system takes", async () => {
  const said = await ended({ program: "a\0b", args: [], cwd: "/" }, [], 60_000);
  assert.equal(said.kind, "unstarted");
});

const ENDS: readonly (readonly [string, string, number | null, string | null])[] = [
  ["by the end of what it reads", "process.stdin.resume(); console.log()", 0, null],
  ["by being asked", "process.on('SIGTERM', () => process.exit(7)); setInterval(() => 0, 1e3); console.log()", 7, null],
];

for (const [how, script, status, signal] of ENDS) {
  test(`a program is dismissed ${how}`, async () => {
    const child = await started(node(script), []);
    await once(child.stdout, "data");
    await dismissed(child, 1000);
    if (child.exitCode === null) {
      await once(child, "exit");
    }
    assert.deepEqual([child.exitCode, child.signalCode], [status, signal]);
    await dismissed(child, 1000);
  });
}

test("a program that hears nothing is dismissed by force", async () => {
  const child = await started(node("process.on('SIGTERM', () => 0); setInterval(() => 0, 1e3); console.log()"), []);
  await once(child.stdout, "data");
  const gone = once(child, "exit");
  await dismissed(child, 200);
  await gone;
  assert.equal(child.signalCode, "SIGKILL");
});
