import assert from "node:assert/strict";
import { test } from "node:test";
import { Session, type Client, type Host } from "../src/session";
import type { State } from "../src/state";
import type { Choice, Rejected, Server } from "../src/verification";

const SERVER: Server = {
  origin: "path",
  why: "PATH",
  command: { program: "/bin/iac-imds-lint", args: [], cwd: "/" },
  version: "0.1.0",
};
const FOUND: Choice = { server: SERVER, rejected: [] };
const OLD: Rejected = { ...SERVER, why: "the venv", reason: "it is too old", installed: true };
const OTHER: Rejected = { ...SERVER, why: "the Python", reason: "No module", installed: false };

/** An editor that writes down what it is asked for. */
class Played implements Host {
  said: string[] = [];
  choice: Choice | Promise<Choice> = FOUND;
  isEnabled = true;
  /** How the next clients start. */
  starting: () => Promise<void> = () => Promise.resolve();
  stopping: () => Promise<void> = () => Promise.resolve();
  time = 0;
  crash: () => void = () => undefined;

  enabled = (): boolean => this.isEnabled;
  candidates = (): Promise<[]> => Promise.resolve([]);
  choose = async (): Promise<Choice> => await this.choice;
  client = (_: Server, ended: () => void): Client => {
    this.crash = ended;
    return {
      start: (): Promise<void> => {
        this.said.push("start");
        return this.starting();
      },
      stop: (): Promise<void> => {
        this.said.push("stop");
        return this.stopping();
      },
    };
  };
  show = ({ kind }: State): void => void this.said.push(kind);
  log = (line: string): void => void this.said.push(`log: ${line}`);
  tell = (severity: string, message: string): void => void this.said.push(`${severity}: ${message}`);
  now = (): number => this.time;

  /** What was said since it was asked last. */
  since(): string[] {
    return this.said.splice(0);
  }
}

const UP = ["looking", "starting", "start", "running"];

async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) {
    await Promise.resolve();
  }
}

test("a server that is found runs", async () => {
  const host = new Played();
  const session = new Session(host);
  assert.deepEqual(session.state, { kind: "stopped" });
  await session.restart("hello");
  assert.deepEqual(host.since(), ["log: starting: hello", ...UP]);
  assert.deepEqual(session.state, { kind: "running", server: SERVER });
});

test("a restart stops what runs, and looks anew", async () => {
  const host = new Played();
  const session = new Session(host);
  await session.restart("one");
  host.since();
  await session.restart("two");
  assert.deepEqual(host.since(), ["log: starting: two", "stop", ...UP]);
});

test("a server that cannot be stopped is left", async () => {
  const host = new Played();
  host.stopping = () => Promise.reject(new Error("timed out"));
  const session = new Session(host);
  await session.restart("one");
  await session.restart("two");
  assert.equal(session.state.kind, "running");
});

test("what fails in the editor is told to who asked, and keeps nobody else from a server", async () => {
  const host = new Played();
  const session = new Session(host);
  host.show = (): void => {
    throw new Error("the status is disposed");
  };
  await assert.rejects(session.restart("one"), /disposed/);
  host.show = ({ kind }: State): void => void host.said.push(kind);
  await session.restart("two");
  assert.equal(session.state.kind, "running");
});

test("what was looked at before is told where it is iac-imds-lint", async () => {
  const host = new Played();
  host.choice = { server: SERVER, rejected: [OTHER, OLD, { ...OLD, why: "the same venv" }] };
  const session = new Session(host);
  await session.restart("hello");
  assert.deepEqual(host.since(), [
    "log: starting: hello",
    "looking",
    "log: not used, from the Python: No module",
    "log: not used, from the venv: it is too old",
    "log: not used, from the same venv: it is too old",
    "warning: the server from the venv cannot be used: it is too old; 0.1.0 from PATH is used instead",
    "starting",
    "start",
    "running",
  ]);
  assert.deepEqual(session.rejected, [OTHER, OLD, { ...OLD, why: "the same venv" }]);
});

test("no server is an error, with the best candidate's reason", async () => {
  const host = new Played();
  host.choice = { server: undefined, rejected: [OLD, OTHER] };
  await new Session(host).restart("hello");
  assert.deepEqual(host.since().slice(-2), [
    "missing",
    "error: the server from the venv cannot be used: it is too old",
  ]);
});

test("nothing is looked for where it is switched off, and what runs is stopped", async () => {
  const host = new Played();
  const session = new Session(host);
  await session.restart("one");
  host.since();
  host.isEnabled = false;
  await session.restart("two");
  assert.deepEqual(host.since(), ["log: starting: two", "stop", "off"]);
});

test("a server that does not start is stopped, and the reason is told", async () => {
  const host = new Played();
  host.starting = () => Promise.reject(new Error("no protocol"));
  const session = new Session(host);
  await session.restart("hello");
  const told = "the server did not start: no protocol";
  assert.deepEqual(host.since().slice(2), ["starting", "start", "stop", "failed", `error: ${told}`]);
  assert.deepEqual(session.state, { kind: "failed", server: SERVER, reason: told });
});

test("a client that cannot even be made is told, and the next one is made", async () => {
  const host = new Played();
  const make = host.client;
  host.client = () => {
    throw new Error("no such version");
  };
  const session = new Session(host);
  await session.restart("one");
  assert.equal(host.since().at(-1), "error: the server did not start: no such version");
  host.client = make;
  await session.restart("two");
  assert.equal(session.state.kind, "running");
});

test("a connection that closes while it starts is no crash: the start fails by itself", async () => {
  const host = new Played();
  host.starting = () => {
    host.crash();
    return Promise.reject(new Error("closed"));
  };
  await new Session(host).restart("hello");
  assert.deepEqual(host.since().at(-1), "error: the server did not start: closed");
});

test("a restart does not wait for a server that never answers", async () => {
  const host = new Played();
  host.starting = () => new Promise(() => undefined);
  const session = new Session(host);
  const first = session.restart("one");
  await settled();
  assert.equal(session.state.kind, "starting");
  host.starting = () => Promise.resolve();
  await session.restart("two");
  await first;
  assert.deepEqual(host.since().slice(4), ["log: starting: two", "stop", ...UP]);
});

test("of many questions at once, the last one is answered", async () => {
  const host = new Played();
  const session = new Session(host);
  await Promise.all(["one", "two", "three"].map((why) => session.restart(why)));
  assert.deepEqual(host.since(), ["log: starting: three", ...UP]);
});

test("a search that was overtaken starts nothing", async () => {
  const host = new Played();
  let choose: (choice: Choice) => void = () => undefined;
  host.choice = new Promise((resolve) => {
    choose = resolve;
  });
  const session = new Session(host);
  const first = session.restart("one");
  await settled();
  const second = session.stop();
  choose(FOUND);
  await Promise.all([first, second]);
  assert.deepEqual(host.since(), ["log: starting: one", "looking", "stopped"]);
});

test("a search that fails is told, and the next one is made", async () => {
  const host = new Played();
  host.choice = Promise.reject(new Error("the disk is gone"));
  const session = new Session(host);
  await session.restart("one");
  assert.deepEqual(host.since().slice(2), ["broken", "error: no server can be looked for: the disk is gone"]);
  host.choice = FOUND;
  await session.restart("two");
  assert.equal(session.state.kind, "running");
});

test("a crashed server is started again, up to four times in three minutes", async () => {
  const host = new Played();
  const session = new Session(host);
  await session.restart("hello");
  for (let crash = 0; crash < 4; crash++) {
    host.since();
    host.time += 1000;
    host.crash();
    await settled();
    assert.deepEqual(host.since(), ["log: starting: the server ended unexpectedly", "stop", ...UP]);
  }
  host.crash();
  await settled();
  assert.deepEqual(host.since(), [
    "failed",
    "error: the server ended 5 times within 3 minutes, and is not started again",
  ]);
  await session.restart("asked for");
  host.since();
  host.crash();
  await settled();
  assert.equal(host.since().at(-1), "running", "who restarts it by hand has the count begin anew");
});

test("crashes that are far between are not counted together", async () => {
  const host = new Played();
  const session = new Session(host);
  await session.restart("hello");
  for (let crash = 0; crash < 10; crash++) {
    host.time += 60_000;
    host.crash();
    await settled();
    assert.equal(session.state.kind, "running");
  }
});

test("a server that was stopped does not crash", async () => {
  const host = new Played();
  const session = new Session(host);
  await session.restart("hello");
  const { crash } = host;
  await session.stop();
  host.since();
  crash();
  await settled();
  assert.deepEqual(host.since(), []);
  assert.deepEqual(session.state, { kind: "stopped" });
});

test("the end of an earlier server is not the end of this one", async () => {
  const host = new Played();
  const session = new Session(host);
  await session.restart("one");
  const { crash } = host;
  await session.restart("two");
  host.since();
  crash();
  await settled();
  assert.deepEqual(host.since(), []);
});
