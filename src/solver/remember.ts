/**
 * The value of a key, computed at most once, also when it is asked for again before it is there. The computation
 * begins later: one that asks for the next, and so on through ten thousand steps, would overflow the stack.
 */
export function remember<K, V>(map: Map<K, Promise<V>>, key: K, compute: () => Promise<V>): Promise<V> {
  const known = map.get(key);
  if (known) return known;
  const pending = Promise.resolve().then(compute);
  map.set(key, pending);
  return pending;
}
