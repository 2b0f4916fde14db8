import { type Digest, TareError } from "../base/index.ts";
import type { Keyring } from "./keyring.ts";
import type { Mirror } from "./mirror.ts";

/** An apt repository (sources.list(5)), as a recipe names it. */
export interface Source {
  /** What locks and packages call it, whatever mirror serves it; one source each. */
  readonly id: string;
  /** Base address; paths of packages count from it. */
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Who may sign for it. Absent: Debian's archive keys. */
  readonly keyring?: Keyring;
}

/** What one Release file said when packages were chosen from it: what a lock remembers of it. */
export interface ReleaseFacts {
  /** Id of the source. */
  readonly repository: string;
  readonly suite: string;
  readonly codename: string;
  /** As in the file: `Sat, 11 Jul 2026 09:41:27 UTC`; empty if it has none. */
  readonly date: string;
  readonly validUntil?: string;
  /** Of the InRelease file as served. */
  readonly sha256: Digest;
  /** Fingerprints, in upper-case hex digits, of the trusted keys that signed it; sorted. */
  readonly signedBy: readonly string[];
}

/** The sources of a Debian release: `debian` (the suite itself and its updates) and `debian-security`. */
export function debianSources({ main, security }: Mirror, codename: string): readonly Source[] {
  const components = ["main"];
  return [
    { id: "debian", uri: main, suites: [codename, `${codename}-updates`], components },
    { id: "debian-security", uri: security, suites: [`${codename}-security`], components },
  ];
}

/** `user-bad-recipe` for sources that can not be used: flat repositories, ids that two have, no web address. */
export function checkSources(sources: readonly Source[]): void {
  const ids = new Set<string>();
  for (const source of sources) {
    const problem = problemOf(source) ?? (ids.has(source.id) ? "is there twice" : undefined);
    if (problem) throw new TareError("user-bad-recipe", `the source ${source.id} ${problem}`, { hint: HINT });
    ids.add(source.id);
  }
}

const HINT =
  "a source has an id of its own, an address (http or https), suites such as trixie, and components";

/** Steps of names that are not only dots. */
const NAME = /^(?:(?!\.+(?:\/|$))[\w.+~-]+\/)*(?!\.+$)[\w.+~-]+$/;

function problemOf({ uri, suites, components }: Source): string | undefined {
  if (!URL.canParse(uri) || !/^https?:$/.test(new URL(uri).protocol))
    return `has no web address: ${JSON.stringify(uri)}`;
  if (suites.length === 0) return "has no suite";
  const flat = suites.find((suite) => suite.endsWith("/"));
  if (flat !== undefined || components.length === 0)
    return `is a flat repository (${flat ?? "without components"}), which Tare does not read`;
  const odd = [...suites, ...components].find((part) => !NAME.test(part));
  return odd === undefined ? undefined : `has a suite or component of an odd name: ${JSON.stringify(odd)}`;
}
