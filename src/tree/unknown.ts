import type { Entry } from "./entry.ts";
import type { Tree, TreeNode } from "./tree.ts";

/** Thrown by a tree of upper layers at whoever asks for something that only lower ones can tell. */
export class NotYetKnown extends Error {}

/** What is thrown: at whoever asks for a name, which the next layer may tell, and for all names, which takes all layers. */
export interface Lack {
  readonly name: NotYetKnown;
  readonly list: NotYetKnown;
}

/**
 * What is in a directory, as far as layers have told: a name that they have, or have removed, is known for certain; every
 * other question, also the one for all names, throws `lack`.
 */
export class UpperChildren implements ReadonlyMap<string, TreeNode> {
  readonly known: ReadonlyMap<string, TreeNode>;
  readonly absent: ReadonlySet<string>;
  readonly lack: Lack;

  constructor(known: ReadonlyMap<string, TreeNode>, absent: ReadonlySet<string>, lack: Lack) {
    this.known = known;
    this.absent = absent;
    this.lack = lack;
  }

  get(name: string): TreeNode | undefined {
    const node = this.known.get(name);
    if (node === undefined && !this.absent.has(name)) throw this.lack.name;
    return node;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  get size(): number {
    throw this.lack.list;
  }

  forEach(): void {
    throw this.lack.list;
  }

  entries(): MapIterator<[string, TreeNode]> {
    throw this.lack.list;
  }

  keys(): MapIterator<string> {
    throw this.lack.list;
  }

  values(): MapIterator<TreeNode> {
    throw this.lack.list;
  }

  [Symbol.iterator](): MapIterator<[string, TreeNode]> {
    throw this.lack.list;
  }
}

/** The tree below all layers that are known: whatever is asked of it throws `lack`. */
export function unknownTree(lack: Lack): Tree {
  return { root: unknownNode("", lack) };
}

/** What may be at a path. Where a layer puts something into it, it is a directory; more nobody knows. */
export function unknownNode(path: string, lack: Lack): TreeNode {
  return {
    entry: unknownEntry(path, lack),
    layer: -1,
    children: new UpperChildren(new Map(), new Set(), lack),
  };
}

/** A directory of which nothing is known but where it is. */
function unknownEntry(path: string, lack: Lack): Entry {
  const known = { path, kind: "dir", size: 0 };
  const fail = (): never => {
    throw lack.name;
  };
  return new Proxy(known as Entry, {
    get: (entry, key) => (Object.hasOwn(entry, key) ? entry[key as keyof Entry] : fail()),
    has: fail,
    ownKeys: fail,
    getOwnPropertyDescriptor: fail,
  });
}
