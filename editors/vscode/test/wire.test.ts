import assert from "node:assert/strict";
import { test } from "node:test";
import { references } from "../src/references";
import { commandOf } from "../src/settings";

const START = { line: 1, character: 2 };
const LOCATION = { uri: "file:///b.tf", range: { start: START, end: { line: 1, character: 9 } } };

test("what the server sends is taken as it is", () => {
  assert.deepEqual(references(["file:///a.tf", START, [LOCATION]]), {
    uri: "file:///a.tf",
    position: START,
    locations: [LOCATION],
  });
  assert.deepEqual(references(["file:///a.tf", START, []])?.locations, [], "no users are no references, not nonsense");
});

const NONSENSE: readonly (readonly [string, readonly unknown[]])[] = [
  ["nothing", []],
  ["no text", [1, START, [LOCATION]]],
  ["no position", ["file:///a.tf", null, [LOCATION]]],
  ["a position without a column", ["file:///a.tf", { line: 1 }, [LOCATION]]],
  ["a line before the first", ["file:///a.tf", { line: -1, character: 0 }, [LOCATION]]],
  ["half a line", ["file:///a.tf", { line: 0.5, character: 0 }, [LOCATION]]],
  ["no list", ["file:///a.tf", START, LOCATION]],
  ["a location that is none", ["file:///a.tf", START, [LOCATION, undefined]]],
  ["a location without a URI", ["file:///a.tf", START, [{ range: LOCATION.range }]]],
  ["a location without a range", ["file:///a.tf", START, [{ uri: "file:///b.tf" }]]],
  ["a range without an end", ["file:///a.tf", START, [{ uri: "file:///b.tf", range: { start: START } }]]],
];

for (const [why, args] of NONSENSE) {
  test(`not shown: ${why}`, () => {
    assert.equal(references(args), undefined);
  });
}

const SETTINGS: readonly (readonly [string, unknown, readonly string[]])[] = [
  ["not set", undefined, []],
  ["the default", "", []],
  ["white space", "  ", []],
  ["an empty list", [], []],
  ["a list that begins with nothing", ["", "x"], []],
  ["no path at all", { a: 1 }, []],
  ["a path, with a space in it", " /opt/my tools/lint ", ["/opt/my tools/lint"]],
  ["a program and its arguments", ["uv", "run", "iac-imds-lint"], ["uv", "run", "iac-imds-lint"]],
];

for (const [why, value, expected] of SETTINGS) {
  test(`the setting path: ${why}`, () => {
    assert.deepEqual(commandOf(value), expected);
  });
}
