/** Where each path stands in a table without collisions, and how it is found there. */
export interface PerfectHash {
  /** Of a path's hash: 0 for none, below 0 the place (-1 - place), else the seed to hash it again with. */
  readonly redirect: Int32Array;
  /** Of each path its place; there may be more places than paths. */
  readonly places: Int32Array;
}

/** Of the first hash (ImageStringsReader.java, HASH_MULTIPLIER). */
const SEED = 0x01000193;
const MOST_TRIES = 1 << 14;

/**
 * A table of about as many places as there are paths, as PerfectHashBuilder.java makes it: the fullest of its buckets are
 * given places first. The paths are different ones. An odd number of them, because the lowest bit of a hash hardly depends on the seed.
 */
export function perfectHash(paths: readonly string[]): PerfectHash {
  const names = paths.map((path) => Buffer.from(path));
  for (let length = names.length | 1; ; length += 2) {
    const found = hashInto(names, length);
    if (found) return found;
  }
}

/** Undefined when some paths find no places that are free. */
function hashInto(names: readonly Buffer[], length: number): PerfectHash | undefined {
  const redirect = new Int32Array(length);
  const places = new Int32Array(names.length);
  const taken = new Uint8Array(length);
  let free = 0;
  for (const [bucket, members] of bucketsOf(names, length)) {
    if (members.length === 1) while (taken[free] === 1) free++;
    const found =
      members.length === 1
        ? { redirect: -1 - free, at: [free] }
        : seedFor(
            members.map((member) => names[member] as Buffer),
            taken,
          );
    if (!found) return undefined;
    redirect[bucket] = found.redirect;
    for (const [index, member] of members.entries()) {
      const place = found.at[index] as number;
      places[member] = place;
      taken[place] = 1;
    }
  }
  return { redirect, places };
}

/** Names by their first hash, as numbers; the largest buckets first. */
function bucketsOf(
  names: readonly Buffer[],
  length: number,
): readonly (readonly [number, readonly number[]])[] {
  const buckets = new Map<number, number[]>();
  for (const [at, name] of names.entries()) {
    const bucket = hashOf(name, SEED) % length;
    const members = buckets.get(bucket) ?? [];
    members.push(at);
    buckets.set(bucket, members);
  }
  return [...buckets].sort(([a, x], [b, y]) => y.length - x.length || a - b);
}

/** The first seed by which some names come to places that are free, and to different ones. */
function seedFor(
  names: readonly Buffer[],
  taken: Uint8Array,
): { readonly redirect: number; readonly at: readonly number[] } | undefined {
  for (let seed = 1; seed < MOST_TRIES; seed++) {
    const at = names.map((name) => hashOf(name, seed) % taken.length);
    if (at.every((place, index) => taken[place] === 0 && at.indexOf(place) === index))
      return { redirect: seed, at };
  }
  return undefined;
}

function hashOf(name: Buffer, seed: number): number {
  let hash = seed;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash, SEED) ^ (name[at] as number);
  return hash & 0x7fffffff;
}
