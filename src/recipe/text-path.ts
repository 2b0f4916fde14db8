const OWN = new Set(["mode", "owner", "user", "stop-signal"]);
const ITEMS = new Set(["debian", "ports", "environment", "labels"]);

/**
 * Whether the scalar at this path of a recipe's file is text, whatever YAML would take it for: `mode: 0755`,
 * `debian: [13]`, `environment: {PORT: 8080}`.
 */
export function isTextPath(path: readonly string[]): boolean {
  const [last = "", above = ""] = path.toReversed();
  return OWN.has(last) || ITEMS.has(above);
}
