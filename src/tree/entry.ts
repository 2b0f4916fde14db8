import type { Digest } from "../base/index.ts";

/**
 * What one path of one layer is. `hardlink` is a further name of a file in the same layer, `whiteout`
 * says that the path of a lower layer is gone, and `opaque` (its path is the directory's path with
 * `/.wh..wh..opq` behind it) that everything that lower layers have in that directory is.
 */
export type EntryKind =
  | "file"
  | "dir"
  | "symlink"
  | "hardlink"
  | "char"
  | "block"
  | "fifo"
  | "whiteout"
  | "opaque";

/** From so many entries on, their number decides how much memory a build takes. */
export const MANY_ENTRIES = 50_000;

/** One line of a layer index. Everything that an image can say of a path, and where its bytes are. */
export interface Entry {
  /** Relative, `/` between components, none at either end; the root directory is "". See `decodeName`. */
  readonly path: string;
  readonly kind: EntryKind;
  /** Permission bits with setuid, setgid and sticky: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Whole seconds since 1970; may be negative. */
  readonly mtime: number;
  /** Bytes of content; 0 for all but files. */
  readonly size: number;
  /** A symbolic link's target as written; a hard link's first name, as a `path` of the same layer. */
  readonly link?: string;
  readonly device?: { readonly major: number; readonly minor: number };
  /** Extended attributes, exact bytes, by full name (`security.capability`, `user.x`). */
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
  /** Digest of a file's content, when somebody has computed it. */
  readonly digest?: Digest;
  /** Where a file's bytes start in the layer's uncompressed tar; absent in a directory layer. */
  readonly offset?: number;
}
