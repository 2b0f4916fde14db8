import { TareError } from "../base/index.ts";
import { baseName, joinPath, parentPath } from "./path.ts";

/** The name under which a directory is marked opaque in a layer (OCI image-spec, layer.md, "Opaque Whiteout"). */
export const OPAQUE_NAME = ".wh..wh..opq";

/** What stands before the name of a file that a layer removes (OCI image-spec, layer.md, "Whiteouts"). */
export const WHITEOUT_PREFIX = ".wh.";

/** What a member's name says in the tar of a layer. `reserved` names mean nothing and are passed over. */
export type WhiteoutName =
  | { readonly type: "plain" }
  | { readonly type: "reserved" }
  | { readonly type: "opaque" }
  | { readonly type: "whiteout"; readonly path: string };

/** Reads a cleaned path of a layer's tar; for a whiteout, `path` is what it removes. `integrity-archive`. */
export function readWhiteout(path: string): WhiteoutName {
  const name = baseName(path);
  if (!name.startsWith(WHITEOUT_PREFIX)) return { type: "plain" };
  if (name === OPAQUE_NAME) return { type: "opaque" };
  const hidden = name.slice(WHITEOUT_PREFIX.length);
  if (hidden.startsWith(WHITEOUT_PREFIX)) return { type: "reserved" };
  if (hidden === "" || hidden === "." || hidden === "..")
    throw new TareError("integrity-archive", `a whiteout that removes nothing: ${path}`);
  return { type: "whiteout", path: joinPath(parentPath(path), hidden) };
}

/** The name of the empty file that stands for a removed path in a layer's tar. */
export function whiteoutPath(path: string): string {
  return joinPath(parentPath(path), WHITEOUT_PREFIX + baseName(path));
}

/** The path of the entry that makes a directory opaque. */
export function opaquePath(directory: string): string {
  return joinPath(directory, OPAQUE_NAME);
}
