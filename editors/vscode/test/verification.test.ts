import assert from "node:assert/strict";
import { test } from "node:test";
import type { Candidate, Command } from "../src/candidates";
import { chosen, older, verified, type Ended } from "../src/verification";

function candidate(program: string): Candidate {
  return { origin: "path", why: "PATH", command: { program, args: ["-x"], cwd: "/" } };
}

function exited(status: number | null, output = "", errors = ""): Ended {
  return { kind: "exited", status, output, errors };
}

const VERSION = exited(0, "iac-imds-lint, version 0.1.0\n");
const SERVED = exited(0);
const ENOENT: Ended = { kind: "unstarted", message: "spawn /x ENOENT" };
const LATE: Ended = { kind: "late", milliseconds: 10_000 };

interface Case {
  readonly why: string;
  readonly version: Ended;
  readonly server: Ended;
  readonly expected: { readonly version: string } | { readonly reason: string; readonly installed: boolean };
}

const CASES: readonly Case[] = [
  { why: "a server", version: VERSION, server: SERVED, expected: { version: "0.1.0" } },
  {
    why: "a server that misses the shutdown",
    version: VERSION,
    server: exited(1),
    expected: { version: "0.1.0" },
  },
  {
    why: "a later version, on Windows, of which a wrapper says something first",
    version: exited(0, "activating\r\niac-imds-lint, version 1.10.0rc1\r\n"),
    server: SERVED,
    expected: { version: "1.10.0rc1" },
  },
  {
    why: "too old",
    version: exited(0, "iac-imds-lint, version 0.0.9\n"),
    server: SERVED,
    expected: { reason: "version 0.0.9 is too old: the extension needs 0.1.0 or newer", installed: true },
  },
  {
    why: "installed without what the server needs",
    version: VERSION,
    server: exited(2, "", "Usage: x\n\nError: the server needs another package: pip install 'iac-imds-lint[lsp]'\n"),
    expected: { reason: "the server needs another package: pip install 'iac-imds-lint[lsp]'", installed: true },
  },
  {
    why: "a server that does not end when there is nothing to read",
    version: VERSION,
    server: LATE,
    expected: { reason: '"server" did not end within 10 s', installed: true },
  },
  {
    why: "a Python without the package",
    version: exited(1, "", "/py: No module named iac_imds_lint\n"),
    server: exited(1),
    expected: { reason: "/py: No module named iac_imds_lint", installed: false },
  },
  {
    why: "another program of that name",
    version: exited(0, "lint 3.0.0\n"),
    server: SERVED,
    expected: { reason: '"--version" ended with status 0 and no message', installed: false },
  },
  {
    why: "a program that was killed",
    version: exited(null, "", " \n"),
    server: SERVED,
    expected: { reason: '"--version" ended with status null and no message', installed: false },
  },
  {
    why: "no such file",
    version: ENOENT,
    server: ENOENT,
    expected: { reason: "cannot be started: spawn /x ENOENT", installed: false },
  },
  {
    why: "a program that hangs",
    version: LATE,
    server: LATE,
    expected: { reason: '"--version" did not end within 10 s', installed: false },
  },
];

for (const { why, version, server, expected } of CASES) {
  test(why, async () => {
    const run = (_: Command, [first]: readonly string[]): Promise<Ended> =>
      Promise.resolve(first === "--version" ? version : server);
    assert.deepEqual(await verified(candidate("/x"), run), { ...candidate("/x"), ...expected });
  });
}

test("the first server is chosen, none behind it is run, those before it say why not", async () => {
  const asked: string[] = [];
  const run = ({ program }: Command, more: readonly string[]): Promise<Ended> => {
    asked.push([program, ...more].join(" "));
    return Promise.resolve(program === "/b" ? VERSION : ENOENT);
  };
  const choice = await chosen(["/a", "/b", "/c"].map(candidate), run);
  assert.deepEqual(choice, {
    server: { ...candidate("/b"), version: "0.1.0" },
    rejected: [{ ...candidate("/a"), reason: "cannot be started: spawn /x ENOENT", installed: false }],
  });
  assert.deepEqual(asked, ["/a --version", "/a server", "/b --version", "/b server"]);
});

test("none is chosen of none", async () => {
  assert.deepEqual(await chosen([], () => Promise.resolve(VERSION)), { server: undefined, rejected: [] });
});

const AGES: readonly (readonly [string, string, boolean])[] = [
  ["0.1.0", "0.1.0", false],
  ["0.0.9", "0.1.0", true],
  ["0.10.0", "0.9.0", false],
  ["0.9.0", "0.10.0", true],
  ["1", "1.0.0", false],
  ["1.0.0", "1", false],
  ["1", "1.0.1", true],
  ["2.0", "1.9.9", false],
  ["0.1.0rc1", "0.1.0", false],
  ["unknown", "0.1.0", true],
];

for (const [version, than, expected] of AGES) {
  test(`${version} is ${expected ? "" : "not "}older than ${than}`, () => {
    assert.equal(older(version, than), expected);
  });
}
