import type { GapLevel } from "./gap.ts";

/** Something that a file is known to load by name while it runs, which no table of the file tells. */
export interface DlopenRule {
  /** The file's soname, or its own name when it has none. */
  readonly user: RegExp;
  /**
   * Any one of these is enough: a soname, looked for as the loader does for the file, or a path from the
   * file's folder (`./`, `../`).
   */
  readonly loads: readonly string[];
  /** `required` only where nothing works without. */
  readonly level: Extract<GapLevel, "required" | "advice">;
  /** What it is for, after "for". */
  readonly reason: string;
}

/**
 * What is not here needs no rule: ICU's data is a library that the others name; the modules of Python, Perl,
 * nginx, MariaDB and libvips, and the addons of Node, are checked as roots of their own wherever they are.
 */
export const DLOPEN_RULES: readonly DlopenRule[] = [
  {
    user: /^libc\.so\.6$/,
    loads: ["libgcc_s.so.1"],
    level: "advice",
    reason: "pthread_cancel and pthread_exit, which end the program without it",
  },
  {
    user: /^libc\.so\.6$/,
    loads: ["./gconv/gconv-modules.cache", "./gconv/gconv-modules"],
    level: "advice",
    reason: "iconv between charsets other than UTF-8, UTF-16, UTF-32 and ASCII",
  },
  {
    user: /^libcrypto\.so\.3$/,
    loads: ["./ossl-modules/legacy.so"],
    level: "advice",
    reason: "old ciphers and digests of OpenSSL, such as RC4 and MD4",
  },
  {
    user: /^libjli\.so$/,
    loads: ["./server/libjvm.so", "./client/libjvm.so", "./zero/libjvm.so", "./minimal/libjvm.so"],
    level: "required",
    reason: "the Java virtual machine itself",
  },
  { user: /^libjvm\.so$/, loads: ["../libjava.so"], level: "required", reason: "Java's core classes" },
  { user: /^libjvm\.so$/, loads: ["../libjimage.so"], level: "required", reason: "Java's modules" },
  { user: /^libjvm\.so$/, loads: ["../libzip.so"], level: "required", reason: "jar files" },
  { user: /^libjvm\.so$/, loads: ["../libnio.so"], level: "advice", reason: "java.nio" },
  { user: /^libjvm\.so$/, loads: ["../libnet.so"], level: "advice", reason: "java.net" },
  { user: /^libjvm\.so$/, loads: ["../libverify.so"], level: "advice", reason: "classes of old versions" },
  {
    user: /^libawt\.so$/,
    loads: ["./libawt_headless.so", "./libawt_xawt.so"],
    level: "advice",
    reason: "drawing in Java",
  },
];

/**
 * Where a library is, from the folder of the one that needs it, which is always in memory before: its search
 * path does not lead there, and does not have to.
 */
export function loadedBefore(soname: string): readonly string[] {
  return LOADED_BEFORE[soname] ?? [];
}

const LOADED_BEFORE: Readonly<Record<string, readonly string[]>> = {
  // libjli loads it by its path before anything else of Java.
  "libjvm.so": ["server/libjvm.so", "client/libjvm.so", "zero/libjvm.so", "minimal/libjvm.so"],
};
