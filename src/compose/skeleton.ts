import { impliedDirectory } from "../tree/index.ts";
import { MERGED } from "./merged-usr.ts";
import type { Placed } from "./placed.ts";

/** The merged /usr of an empty root; where the loader is not in /lib64, there is none. */
export function skeleton(architecture: string): readonly Placed[] {
  const names = MERGED.filter((name) => name !== "lib64" || architecture === "amd64");
  return ["usr", ...names.map((name) => `usr/${name}`)]
    .map((path): Placed => ({ entry: impliedDirectory(path) }))
    .concat(names.map(linkIntoUsr));
}

function linkIntoUsr(path: string): Placed {
  const facts = { ...impliedDirectory(path), mode: 0o777 };
  return { entry: { ...facts, kind: "symlink", link: `usr/${path}` } };
}
