import assert from "node:assert/strict";
import { test } from "node:test";
import { candidates, type Surroundings } from "../src/candidates";

const AROUND: Surroundings = {
  setting: [],
  folders: ["/code/one", "/code/two"],
  trusted: true,
  interpreter: undefined,
  environment: { PATH: "/usr/local/bin:/usr/bin", TOOLS: "/opt/tools" },
  home: "/home/me",
  extension: "/ext",
  windows: false,
};

const BUNDLED = "/ext/bundled/libs/iac_imds_lint/__main__.py";

interface Case {
  readonly why: string;
  readonly around?: Partial<Surroundings>;
  readonly files: readonly string[];
  /** Origin and command line of each, with the directory behind @ where it is not the extension's. */
  readonly expected: readonly string[];
}

const CASES: readonly Case[] = [
  { why: "nothing is installed", files: [], expected: [] },
  { why: "PATH", files: ["/usr/bin/iac-imds-lint"], expected: ["path: /usr/bin/iac-imds-lint"] },
  {
    why: "all of PATH, in its order: the first may be too old",
    files: ["/usr/bin/iac-imds-lint", "/usr/local/bin/iac-imds-lint"],
    expected: ["path: /usr/local/bin/iac-imds-lint", "path: /usr/bin/iac-imds-lint"],
  },
  {
    why: "a relative directory on PATH, or an empty one, is the workspace's",
    around: { environment: { PATH: ".:bin::/usr/bin" } },
    files: ["iac-imds-lint", "bin/iac-imds-lint", "/usr/bin/iac-imds-lint"],
    expected: ["path: /usr/bin/iac-imds-lint"],
  },
  { why: "no PATH at all", around: { environment: {} }, files: ["/usr/bin/iac-imds-lint"], expected: [] },
  {
    why: "the order: interpreter, environments, PATH, bundled",
    around: { interpreter: "/envs/a/bin/python" },
    files: [
      "/usr/bin/iac-imds-lint",
      "/usr/bin/python3",
      BUNDLED,
      "/code/two/.venv/bin/iac-imds-lint",
      "/code/one/venv/bin/python",
      "/envs/a/bin/python",
    ],
    expected: [
      "interpreter: /envs/a/bin/python -m iac_imds_lint",
      "environment: /code/two/.venv/bin/iac-imds-lint",
      "environment: /code/one/venv/bin/python -m iac_imds_lint",
      "path: /usr/bin/iac-imds-lint",
      "bundled: /envs/a/bin/python -I /ext/bundled/server.py",
      "bundled: /usr/bin/python3 -I /ext/bundled/server.py",
    ],
  },
  {
    why: "an environment whose bin is on PATH is one candidate, not two",
    around: { environment: { PATH: "/code/one/.venv/bin" } },
    files: ["/code/one/.venv/bin/iac-imds-lint"],
    expected: ["environment: /code/one/.venv/bin/iac-imds-lint"],
  },
  {
    why: "an interpreter that is gone",
    around: { interpreter: "/envs/a/bin/python" },
    files: ["/usr/bin/python3", BUNDLED],
    expected: ["bundled: /usr/bin/python3 -I /ext/bundled/server.py"],
  },
  { why: "a thin extension bundles nothing", files: ["/usr/bin/python3"], expected: [] },
  { why: "what is bundled needs a Python", files: [BUNDLED], expected: [] },
  {
    why: "an untrusted workspace: nothing that is in it, on PATH or not, and no Python that it may have chosen",
    around: {
      trusted: false,
      interpreter: "/envs/a/bin/python",
      environment: { PATH: "/code/one/bin:/code/two:/code/oneself:/code/..one:/usr/bin" },
    },
    files: [
      "/envs/a/bin/python",
      "/code/one/.venv/bin/iac-imds-lint",
      "/code/one/bin/iac-imds-lint",
      "/code/one/bin/python3",
      "/code/two/iac-imds-lint",
      "/code/oneself/iac-imds-lint",
      "/code/..one/iac-imds-lint",
      "/usr/bin/python3",
      BUNDLED,
    ],
    expected: [
      "path: /code/oneself/iac-imds-lint",
      "path: /code/..one/iac-imds-lint",
      "bundled: /usr/bin/python3 -I /ext/bundled/server.py",
    ],
  },
  {
    why: "a setting is the only one, whether it is there or not",
    around: { setting: ["/opt/iac-imds-lint"], interpreter: "/envs/a/bin/python" },
    files: ["/usr/bin/iac-imds-lint", "/envs/a/bin/python"],
    expected: ["setting: /opt/iac-imds-lint @/code/one"],
  },
  {
    why: "a name in the setting is looked up on PATH, its arguments are kept",
    around: { setting: ["uv", "run", "iac-imds-lint"] },
    files: ["/usr/bin/uv"],
    expected: ["setting: /usr/bin/uv run iac-imds-lint @/code/one"],
  },
  {
    why: "a name that is not on PATH stays, for the message",
    around: { setting: ["uv"] },
    files: [],
    expected: ["setting: uv @/code/one"],
  },
  {
    why: "a relative path in the setting begins in the first folder",
    around: { setting: ["tools/lint"] },
    files: [],
    expected: ["setting: /code/one/tools/lint @/code/one"],
  },
  {
    why: "without a folder it begins at home",
    around: { setting: ["tools/lint", "${workspaceFolder}"], folders: [] },
    files: [],
    expected: ["setting: /home/me/tools/lint  @/home/me"],
  },
  {
    why: "what is replaced in a setting: in each word, and dollars in values mean nothing",
    around: {
      setting: ["~/bin/lint", "${workspaceFolder}/x", "${userHome}", "${env:TOOLS}", "${env:NONE}", "a~b", "~c"],
      home: "/home/$&me",
    },
    files: [],
    expected: ["setting: /home/$&me/bin/lint /code/one/x /home/$&me /opt/tools  a~b ~c @/code/one"],
  },
  ...[
    { why: "by its folder", setting: ["${workspaceFolder}/.venv/bin/iac-imds-lint"] },
    { why: "by its folder, inside of a word", setting: ["uv", "run", "--project=${workspaceFolder}", "iac-imds-lint"] },
    { why: "by a relative path", setting: [".venv/bin/iac-imds-lint"] },
    { why: "by an absolute path", setting: ["/code/two/bin/iac-imds-lint"] },
    { why: "by an argument", setting: ["uv", "run", "--project", "/code/one/tools", "iac-imds-lint"] },
    { why: "by a variable", setting: ["${env:PROJECT}/bin/iac-imds-lint"] },
  ].map(({ why, setting }) => ({
    why: `an untrusted workspace that the user's own setting names ${why}: the setting does not count`,
    around: { trusted: false, setting, environment: { PATH: "/usr/bin", PROJECT: "/code/one" } },
    files: [
      "/usr/bin/uv",
      "/usr/bin/iac-imds-lint",
      "/code/one/.venv/bin/iac-imds-lint",
      "/code/one/bin/iac-imds-lint",
    ],
    expected: ["path: /usr/bin/iac-imds-lint"],
  })),
  {
    why: "an untrusted workspace: another setting counts, and does not run where `python -m` finds what is in it",
    around: { trusted: false, setting: ["python3", "-m", "iac_imds_lint"] },
    files: ["/usr/bin/python3", "/usr/bin/iac-imds-lint"],
    expected: ["setting: /usr/bin/python3 -m iac_imds_lint"],
  },
  {
    why: "an untrusted workspace: a path beside it is none in it",
    around: { trusted: false, setting: ["~/bin/iac-imds-lint", "/code/oneself"] },
    files: [],
    expected: ["setting: /home/me/bin/iac-imds-lint /code/oneself"],
  },
  {
    why: "Windows: other names, other separators, and the launcher of Python",
    around: {
      windows: true,
      folders: ["C:\\work"],
      environment: { Path: "C:\\bin;D:\\py" },
      extension: "C:\\ext",
      interpreter: "C:\\env\\python.exe",
    },
    files: [
      "C:\\env\\python.exe",
      "C:\\work\\.venv\\Scripts\\iac-imds-lint.exe",
      "C:\\work\\venv\\Scripts\\python.exe",
      "C:\\bin\\iac-imds-lint.exe",
      "D:\\py\\py.exe",
      "D:\\py\\python.exe",
      "C:\\ext\\bundled\\libs\\iac_imds_lint\\__main__.py",
    ],
    expected: [
      "interpreter: C:\\env\\python.exe -m iac_imds_lint @C:\\ext",
      "environment: C:\\work\\.venv\\Scripts\\iac-imds-lint.exe @C:\\ext",
      "environment: C:\\work\\venv\\Scripts\\python.exe -m iac_imds_lint @C:\\ext",
      "path: C:\\bin\\iac-imds-lint.exe @C:\\ext",
      "bundled: C:\\env\\python.exe -I C:\\ext\\bundled\\server.py @C:\\ext",
      "bundled: D:\\py\\py.exe -3 -I C:\\ext\\bundled\\server.py @C:\\ext",
      "bundled: D:\\py\\python.exe -I C:\\ext\\bundled\\server.py @C:\\ext",
    ],
  },
  {
    why: "Windows, untrusted: another drive is no part of the workspace",
    around: {
      windows: true,
      trusted: false,
      folders: ["C:\\work"],
      environment: { Path: "C:\\Work\\bin;D:\\work" },
      extension: "C:\\ext",
    },
    files: ["C:\\Work\\bin\\iac-imds-lint.exe", "D:\\work\\iac-imds-lint.exe"],
    expected: ["path: D:\\work\\iac-imds-lint.exe @C:\\ext"],
  },
];

for (const { why, around, files, expected } of CASES) {
  test(why, () => {
    const found = candidates({ ...AROUND, ...around }, (file) => files.includes(file));
    const told = found.map(({ origin, command: { program, args, cwd } }) => {
      const place = cwd === "/ext" ? "" : ` @${cwd}`;
      return `${origin}: ${[program, ...args].join(" ")}${place}`;
    });
    assert.deepEqual(told, expected);
  });
}

test("each says where it comes from", () => {
  const files = ["/py", BUNDLED, "/usr/bin/iac-imds-lint", "/code/one/.venv/bin/iac-imds-lint"];
  const found = candidates({ ...AROUND, interpreter: "/py" }, (file) => files.includes(file));
  assert.deepEqual(
    [...found, ...candidates({ ...AROUND, setting: ["x"] }, () => false)].map(({ why }) => why),
    [
      "the Python that is selected in the Python extension",
      "the workspace's environment /code/one/.venv",
      "PATH",
      "the extension, run by /py",
      "the setting iac-imds-lint.path",
    ],
  );
});
