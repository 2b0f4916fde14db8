/** What a member of a tar is, in words instead of type flags. */
export type TarType = "file" | "hardlink" | "symlink" | "char" | "block" | "dir" | "fifo";

/** All that a tar says of one member. Names are in the form of `decodeName`. */
export interface TarHeader {
  /** As the archive has it, with PAX and GNU long names applied: `./a`, `/a` and `a/` stay what they are. */
  readonly name: string;
  readonly type: TarType;
  /** 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly uname: string;
  readonly gname: string;
  /** Bytes of content, holes of a sparse file included; 0 for all but files. */
  readonly size: number;
  /** Whole seconds since 1970, rounded down; may be negative. */
  readonly mtime: number;
  /** Target of a symbolic link, or the name of a hard link's first member; otherwise "". */
  readonly linkname: string;
  readonly device?: { readonly major: number; readonly minor: number };
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
}

/** An empty file of root's, of 1970; its name is still to be given. */
export const PLAIN_FILE: TarHeader = {
  name: "",
  type: "file",
  mode: 0o644,
  uid: 0,
  gid: 0,
  uname: "",
  gname: "",
  size: 0,
  mtime: 0,
  linkname: "",
};

/** Headers and contents of a tar fill blocks of this many bytes (POSIX.1-2017, pax, "ustar Interchange Format"). */
export const TAR_BLOCK = 512;

/** The two zero blocks that end an archive. */
export const TAR_END: Uint8Array = new Uint8Array(2 * TAR_BLOCK);

/** The zero bytes that follow a content of `size` bytes. */
export function tarPadding(size: number): Uint8Array {
  return TAR_END.subarray(0, paddingLength(size));
}

/** How many bytes `tarPadding` has. */
export function paddingLength(size: number): number {
  return (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK;
}
