import assert from "node:assert/strict";
import { test } from "node:test";
import { explained, missing, shown, type State } from "../src/state";
import type { Rejected, Server } from "../src/verification";

const SERVER: Server = {
  origin: "interpreter",
  why: "the selected Python",
  command: { program: "/py", args: ["-m", "iac_imds_lint"], cwd: "/" },
  version: "0.2.0",
};
const REJECTED: Rejected = {
  ...SERVER,
  why: "PATH",
  command: { program: "/l", args: [], cwd: "/" },
  reason: "old",
  installed: true,
};

interface Case {
  readonly state: State;
  /** Text, detail, severity, whether it is busy, and what is offered. */
  readonly looks: readonly [string, string, string, boolean, string];
  readonly explained: readonly string[];
}

const USED = "used: /py -m iac_imds_lint, version 0.2.0, from the selected Python";
const NOTHING = "iac-imds-lint is not installed: pip install 'iac-imds-lint[lsp]', or set iac-imds-lint.path";

const CASES: readonly Case[] = [
  {
    state: { kind: "off" },
    looks: [
      "iac-imds-lint: off",
      "switched off by the setting iac-imds-lint.enable",
      "information",
      false,
      "showServer",
    ],
    explained: ["iac-imds-lint: off"],
  },
  {
    state: { kind: "looking" },
    looks: ["iac-imds-lint: looking for the server", "", "information", true, "showServer"],
    explained: ["iac-imds-lint: looking for the server"],
  },
  {
    state: { kind: "starting", server: SERVER },
    looks: ["iac-imds-lint 0.2.0: starting", "from the selected Python", "information", true, "showOutput"],
    explained: [USED],
  },
  {
    state: { kind: "running", server: SERVER },
    looks: ["iac-imds-lint 0.2.0", "from the selected Python", "information", false, "showServer"],
    explained: [USED],
  },
  {
    state: { kind: "stopped" },
    looks: ["iac-imds-lint: stopped", "", "warning", false, "restart"],
    explained: ["iac-imds-lint: stopped"],
  },
  {
    state: { kind: "broken", reason: "no disk" },
    looks: ["iac-imds-lint: error", "no disk", "error", false, "restart"],
    explained: ["no disk"],
  },
  {
    state: { kind: "missing", rejected: [] },
    looks: ["iac-imds-lint: no server", NOTHING, "error", false, "showServer"],
    explained: [NOTHING],
  },
  {
    state: { kind: "missing", rejected: [REJECTED] },
    looks: ["iac-imds-lint: no server", "the server from PATH cannot be used: old", "error", false, "showServer"],
    explained: [],
  },
  {
    state: { kind: "failed", server: SERVER, reason: "it burns" },
    looks: ["iac-imds-lint: error", "it burns", "error", false, "restart"],
    explained: ["failed: /py -m iac_imds_lint, version 0.2.0, from the selected Python: it burns"],
  },
];

for (const { state, looks, explained: expected } of CASES) {
  test(`${state.kind}: ${looks[1]}`, () => {
    const { text, detail, severity, busy, action } = shown(state);
    assert.deepEqual(
      [text, detail, severity, busy, action.command],
      [...looks.slice(0, 4), `iac-imds-lint.${looks[4]}`],
    );
    assert.deepEqual(explained(state, []), expected);
    assert.deepEqual(explained(state, [REJECTED]), ["not used: /l, from PATH: old", ...expected]);
  });
}

test("of several reasons the first is told: it is the one that was asked for", () => {
  assert.equal(missing([REJECTED, { ...REJECTED, why: "x" }]), "the server from PATH cannot be used: old");
});
