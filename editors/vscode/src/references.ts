/** What a code lens of the server asks to be shown, checked: it comes over the wire. */

export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Location {
  readonly uri: string;
  readonly range: { readonly start: Position; readonly end: Position };
}

export interface References {
  readonly uri: string;
  readonly position: Position;
  readonly locations: readonly Location[];
}

/** The arguments of `iac-imds-lint.showReferences`: a URI, a position in it and locations; undefined where they are not. */
export function references(args: readonly unknown[]): References | undefined {
  const [uri, position, locations] = args;
  const given = typeof uri === "string" && isPosition(position) && Array.isArray(locations);
  return given && locations.every(isLocation) ? { uri, position, locations } : undefined;
}

function isPosition(value: unknown): value is Position {
  return isObject(value) && isColumn(value["line"]) && isColumn(value["character"]);
}

function isLocation(value: unknown): value is Location {
  if (!isObject(value) || typeof value["uri"] !== "string" || !isObject(value["range"])) {
    return false;
  }
  return isPosition(value["range"]["start"]) && isPosition(value["range"]["end"]);
}

function isColumn(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
