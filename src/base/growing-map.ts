/**
 * A map that never changes: `added` makes a new one, in constant time when it starts from the newest, which is what
 * walking a Dockerfile does. Older ones stay right; reading one costs the number of changes since (the newest
 * holds the entries, the others the way there: H. Baker, "Shallow binding makes functional arrays fast"). Entries
 * stand in the order in which their keys were first added.
 */
export interface GrowingMap<V> {
  /** The entries, or how they differ from a neighbour's: which of the two changes, what it comes to does not. */
  held: { readonly entries: Map<string, V> } | Difference<V>;
}

/** A neighbour with one key set to a value, or without it. Changed in place when the map that has the entries does. */
interface Difference<V> {
  neighbour: GrowingMap<V>;
  readonly key: string;
  has: boolean;
  value: V | undefined;
}

export function growingMap<V>(entries: Iterable<readonly [string, V]> = []): GrowingMap<V> {
  return { held: { entries: new Map(entries) } };
}

/** What is in the map now; to be read at once, before a newer map takes it over. */
export function entriesOf<V>(map: GrowingMap<V>): ReadonlyMap<string, V> {
  return takeOver(map);
}

/** The map with one more entry; a key that is there keeps its place. */
export function added<V>(map: GrowingMap<V>, key: string, value: V): GrowingMap<V> {
  const newer: GrowingMap<V> = { held: { neighbour: map, key, has: true, value } };
  takeOver(newer);
  return newer;
}

/** Brings the entries here, step by step from the map that has them; each on the way then points back. */
function takeOver<V>(map: GrowingMap<V>): Map<string, V> {
  const path: GrowingMap<V>[] = [];
  let at = map;
  while ("neighbour" in at.held) {
    path.push(at);
    at = at.held.neighbour;
  }
  const { held } = at;
  const { entries } = held;
  for (const next of path.reverse()) {
    // The same object now says the opposite: a walk along all maps leaves nothing behind.
    const step = next.held as Difference<V>;
    const { key, has, value } = step;
    at.held = Object.assign(step, { neighbour: next, has: entries.has(key), value: entries.get(key) });
    if (has) entries.set(key, value as V);
    else entries.delete(key);
    at = next;
  }
  at.held = held;
  return entries;
}
