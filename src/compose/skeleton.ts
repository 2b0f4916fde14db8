import { impliedDirectory, MERGED_ALWAYS, MERGED_WITH_LIBRARIES } from "../tree/index.ts";
import type { Placed } from "./placed.ts";

/** The merged /usr below some files; where the loader is not in /lib64, there is none. */
export function skeleton(architecture: string, files: readonly Placed[]): readonly Placed[] {
  const always = MERGED_ALWAYS.filter((name) => name !== "lib64" || architecture === "amd64");
  const wanted = MERGED_WITH_LIBRARIES.filter((name) =>
    files.some(({ entry }) => entry.path.startsWith(`usr/${name}/`)),
  );
  const names = [...always, ...wanted];
  return ["usr", ...names.map((name) => `usr/${name}`)]
    .map((path): Placed => ({ entry: impliedDirectory(path) }))
    .concat(names.map(linkIntoUsr));
}

function linkIntoUsr(path: string): Placed {
  const facts = { ...impliedDirectory(path), mode: 0o777 };
  return { entry: { ...facts, kind: "symlink", link: `usr/${path}` } };
}
