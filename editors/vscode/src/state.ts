/** What the extension is doing, and how that is shown. */

import type { Rejected, Server } from "./verification";

export type State =
  | { readonly kind: "off" }
  | { readonly kind: "looking" }
  | { readonly kind: "starting"; readonly server: Server }
  | { readonly kind: "running"; readonly server: Server }
  | { readonly kind: "stopped" }
  | { readonly kind: "broken"; readonly reason: string }
  | { readonly kind: "missing"; readonly rejected: readonly Rejected[] }
  | { readonly kind: "failed"; readonly server: Server; readonly reason: string };

/** What a state looks like in the editor; `action` is the command beside it. */
export interface Shown {
  readonly text: string;
  readonly detail: string;
  readonly severity: "information" | "warning" | "error";
  readonly busy: boolean;
  readonly action: { readonly title: string; readonly command: string };
}

const WHICH = { title: "Which server?", command: "iac-imds-lint.showServer" };
const RESTART = { title: "Restart", command: "iac-imds-lint.restart" };
const OUTPUT = { title: "Show output", command: "iac-imds-lint.showOutput" };

/** How a state is shown. */
export function shown(state: State): Shown {
  switch (state.kind) {
    case "off":
      return calm("iac-imds-lint: off", "switched off by the setting iac-imds-lint.enable", WHICH);
    case "looking":
      return { ...calm("iac-imds-lint: looking for the server", "", WHICH), busy: true };
    case "starting":
      return { ...calm(`iac-imds-lint ${state.server.version}: starting`, from(state.server), OUTPUT), busy: true };
    case "running":
      return calm(`iac-imds-lint ${state.server.version}`, from(state.server), WHICH);
    case "stopped":
      return { ...calm("iac-imds-lint: stopped", "", RESTART), severity: "warning" };
    case "broken":
      return { ...calm("iac-imds-lint: error", state.reason, RESTART), severity: "error" };
    case "missing":
      return { ...calm("iac-imds-lint: no server", missing(state.rejected), WHICH), severity: "error" };
    case "failed":
      return { ...calm("iac-imds-lint: error", state.reason, RESTART), severity: "error" };
  }
}

function calm(text: string, detail: string, action: Shown["action"]): Shown {
  return { text, detail, severity: "information", busy: false, action };
}

function from(server: Server): string {
  return `from ${server.why}`;
}

/** Why there is no server, in one sentence. */
export function missing(rejected: readonly Rejected[]): string {
  const first = rejected[0];
  return first === undefined
    ? "iac-imds-lint is not installed: pip install 'iac-imds-lint[lsp]', or set iac-imds-lint.path"
    : `the server from ${first.why} cannot be used: ${first.reason}`;
}

/** Which server is used and why, line by line, with all that were looked at before it. */
export function explained(state: State, rejected: readonly Rejected[]): string[] {
  const passed = rejected.map((one) => `not used: ${words(one)}, from ${one.why}: ${one.reason}`);
  return [...passed, ...used(state)];
}

function used(state: State): string[] {
  switch (state.kind) {
    case "starting":
    case "running":
      return [`used: ${words(state.server)}, version ${state.server.version}, from ${state.server.why}`];
    case "failed":
      return [
        `failed: ${words(state.server)}, version ${state.server.version}, from ${state.server.why}: ${state.reason}`,
      ];
    case "missing":
      return state.rejected.length === 0 ? [missing([])] : [];
    case "broken":
      return [state.reason];
    case "off":
    case "looking":
    case "stopped":
      return [shown(state).text];
  }
}

function words({ command }: Rejected | Server): string {
  return [command.program, ...command.args].join(" ");
}
