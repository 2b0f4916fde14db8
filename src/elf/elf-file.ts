/** What the loader and the kernel read of a program or library. Plain JSON, so that it can be remembered. */
export interface ElfFile extends ElfHeader {
  /** Whether it runs with no loader and no library: a program, and not a library that happens to need nothing. */
  readonly isStatic: boolean;
  /** The loader (`PT_INTERP`) as written; absent in libraries and static programs. */
  readonly interpreter?: string;
  /** Libraries it can not be loaded without (`DT_NEEDED`), in order, as written. */
  readonly needed: readonly string[];
  /** The name it is known by once loaded (`DT_SONAME`). */
  readonly soname?: string;
  /** Folders of `DT_RPATH`, `$ORIGIN` and the like as written; glibc ignores them beside a `DT_RUNPATH`. */
  readonly rpath: readonly string[];
  /** Folders of `DT_RUNPATH`, `$ORIGIN` and the like as written. */
  readonly runpath: readonly string[];
  /** Whether the loader's own folders are not searched for what it needs (`DF_1_NODEFLIB`). */
  readonly noDefaultPaths: boolean;
  /** Versions of symbols that it wants (`DT_VERNEED`), by library. */
  readonly versionNeeds: readonly VersionNeed[];
  /** Versions of symbols that it has (`DT_VERDEF`), its own name among them; empty when it has no versions. */
  readonly versions: readonly string[];
  /** What it says that it loads by name while it runs, in notes for people who make packages. */
  readonly dlopenNotes: readonly DlopenNote[];
}

/** Something that a file loads by name. */
export interface DlopenNote {
  /** Any one of these is enough, the best one first; never empty. */
  readonly libraries: readonly string[];
  /** Whether the file is of no use without. */
  readonly isRequired: boolean;
  /** What it is for, in the words of its makers. */
  readonly reason?: string;
}

/** What the first bytes tell. */
export interface ElfHeader {
  readonly bits: 32 | 64;
  readonly endian: "little" | "big";
  /** `e_machine`: 62 is x86-64, 183 is AArch64; see `machineName`. */
  readonly machine: number;
  /** `e_flags`, whose meaning is the machine's own: on ARM, whether it has hardware floating point. */
  readonly flags: number;
  /** A program at a fixed address is `executable`, one at any address `shared`, as a library is. */
  readonly type: "relocatable" | "executable" | "shared" | "core" | "other";
}

/** The versions that a file wants of one library. */
export interface VersionNeed {
  /** As in `needed`. */
  readonly library: string;
  /** A weak one may be missing. */
  readonly versions: readonly { readonly name: string; readonly weak: boolean }[];
}
