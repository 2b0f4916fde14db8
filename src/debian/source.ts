import type { Digest } from "../base/index.ts";

/** An apt repository (sources.list(5)), as a recipe names it. */
export interface Source {
  /** What locks and packages call it, whatever mirror serves it; one source each. */
  readonly id: string;
  /** Base address, without a slash at the end; paths of packages count from it. */
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Who may sign for it: an armored or a binary keyring, one or several keys. Absent: Debian's archive keys. */
  readonly keyring?: string | Uint8Array;
}

/** What one Release file said when packages were chosen from it: what a lock remembers of it. */
export interface ReleaseFacts {
  /** Id of the source. */
  readonly repository: string;
  readonly suite: string;
  readonly codename: string;
  /** As in the file: `Sat, 11 Jul 2026 09:41:27 UTC`. */
  readonly date: string;
  readonly validUntil?: string;
  /** Of the InRelease file as served. */
  readonly sha256: Digest;
  /** Fingerprints, 40 upper-case hex digits, of the trusted keys that signed it; sorted. */
  readonly signedBy: readonly string[];
}
