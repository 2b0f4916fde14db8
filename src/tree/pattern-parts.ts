/** One part of a pattern: any number of items, also none, or one item of some kind. */
export type PatternPart<T> = "any" | ((item: T) => boolean);

/**
 * Whether all items match all parts, in order. Goes back only to the last `any`, so that no pattern takes more than
 * length times length steps.
 */
export function matchesParts<T>(parts: readonly PatternPart<T>[], items: readonly T[]): boolean {
  let part = 0;
  let at = 0;
  let any = -1;
  let anyAt = 0;
  while (at < items.length) {
    const current = parts[part];
    if (current === "any") {
      any = part++;
      anyAt = at;
    } else if (current?.(items[at] as T)) {
      part++;
      at++;
    } else if (any >= 0) {
      part = any + 1;
      at = ++anyAt;
    } else return false;
  }
  return parts.slice(part).every((rest) => rest === "any");
}
