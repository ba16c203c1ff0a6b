/** One server at a time: found, started, started again after a crash, stopped. Knows nothing of the editor. */

import type { Candidate } from "./candidates";
import { Crashes, TOO_OFTEN } from "./crashes";
import { messageOf } from "./processes";
import { missing, type State } from "./state";
import type { Choice, Rejected, Server } from "./verification";

/** A connection to a server. */
export interface Client {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** What the session asks of the editor. */
export interface Host {
  /** Whether the user wants a server. */
  enabled(): boolean;
  candidates(): Promise<Candidate[]>;
  choose(candidates: readonly Candidate[]): Promise<Choice>;
  /** A client of a server; `ended` is called when the connection closes that was open, and nobody asked it to. */
  client(server: Server, ended: () => void): Client;
  show(state: State): void;
  log(line: string): void;
  /** Tells the user, who can do something about it there. Does not wait for an answer. */
  tell(severity: "warning" | "error", message: string): void;
  now(): number;
}

const OVERTAKEN = Symbol("overtaken");

/** Whoever asks last is served: what was under way for an earlier question is thrown away. */
export class Session {
  private current: State = { kind: "stopped" };
  private passed: readonly Rejected[] = [];
  private client: Client | undefined;
  private asked = 0;
  private done: Promise<void> = Promise.resolve();
  private overtake: () => void = () => undefined;
  private readonly crashes = new Crashes();

  constructor(private readonly host: Host) {}

  get state(): State {
    return this.current;
  }

  /** The candidates that were looked at before the one that is used. */
  get rejected(): readonly Rejected[] {
    return this.passed;
  }

  /** Stops what runs, looks for a server anew, and starts it. */
  restart(why: string): Promise<void> {
    this.crashes.forget();
    return this.begin(why);
  }

  /** Stops what runs. */
  stop(): Promise<void> {
    return this.queue(async () => {
      await this.end();
      this.become({ kind: "stopped" });
    });
  }

  private begin(why: string): Promise<void> {
    return this.queue(async (valid) => {
      this.host.log(`starting: ${why}`);
      await this.end();
      if (!this.host.enabled()) {
        this.become({ kind: "off" });
        return;
      }
      this.become({ kind: "looking" });
      const choice = await this.look();
      if (choice !== undefined && valid()) {
        await this.use(choice);
      }
    });
  }

  private async look(): Promise<Choice | undefined> {
    try {
      return await this.host.choose(await this.host.candidates());
    } catch (error) {
      const reason = `no server can be looked for: ${messageOf(error)}`;
      this.become({ kind: "broken", reason });
      this.host.tell("error", reason);
      return undefined;
    }
  }

  private async use(choice: Choice): Promise<void> {
    this.passed = choice.rejected;
    for (const one of choice.rejected) {
      this.host.log(`not used, from ${one.why}: ${one.reason}`);
    }
    if (choice.server === undefined) {
      this.become({ kind: "missing", rejected: choice.rejected });
      this.host.tell("error", missing(choice.rejected));
      return;
    }
    const unused = choice.rejected.find((one) => one.installed);
    if (unused !== undefined) {
      const instead = `${choice.server.version} from ${choice.server.why} is used instead`;
      this.host.tell("warning", `the server from ${unused.why} cannot be used: ${unused.reason}; ${instead}`);
    }
    await this.run(choice.server);
  }

  private async run(server: Server): Promise<void> {
    this.become({ kind: "starting", server });
    const problem = await Promise.race([this.started(server), this.overtaken()]);
    if (problem === undefined) {
      this.become({ kind: "running", server });
    } else if (problem !== OVERTAKEN) {
      await this.end();
      this.failed(server, `the server did not start: ${problem}`);
    }
  }

  /** Why a server does not start; undefined once it has. */
  private async started(server: Server): Promise<string | undefined> {
    try {
      const client: Client = this.host.client(server, () => {
        this.crashed(client, server);
      });
      this.client = client;
      await client.start();
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  /** When someone asks for something else. */
  private overtaken(): Promise<typeof OVERTAKEN> {
    return new Promise((resolve) => {
      this.overtake = (): void => {
        resolve(OVERTAKEN);
      };
    });
  }

  private crashed(client: Client, server: Server): void {
    if (client !== this.client || this.current.kind !== "running") {
      return;
    }
    if (this.crashes.again(this.host.now())) {
      void this.begin("the server ended unexpectedly");
    } else {
      this.failed(server, TOO_OFTEN);
    }
  }

  private failed(server: Server, reason: string): void {
    this.become({ kind: "failed", server, reason });
    this.host.tell("error", reason);
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await quietly(client?.stop());
  }

  private become(state: State): void {
    this.current = state;
    this.host.show(state);
  }

  private queue(work: (valid: () => boolean) => Promise<void>): Promise<void> {
    const mine = ++this.asked;
    this.overtake();
    const valid = (): boolean => mine === this.asked;
    this.done = quietly(this.done).then(async () => {
      if (valid()) {
        await work(valid);
      }
    });
    return this.done;
  }
}

/**
 * The end of something, however it ends. A client that cannot be stopped has stopped: what it was connected to is gone.
 */
async function quietly(ending: Promise<void> | undefined): Promise<void> {
  try {
    await ending;
  } catch {
    return;
  }
}
