/** The settings that the extension itself reads; the server asks for all others. */

export const SECTION = "iac-imds-lint";

/** The setting `path` as a program and its arguments; empty where it is not set. */
export function commandOf(value: unknown): string[] {
  const words = typeof value === "string" ? [value.trim()] : Array.isArray(value) ? value.map(String) : [];
  return words[0] === undefined || words[0] === "" ? [] : words;
}
