import type { DebianRelease } from "./types.ts";

const CODENAMES: Readonly<Record<DebianRelease, string>> = { "13": "trixie", "12": "bookworm" };

/** The releases, the newest first. */
export const RELEASES: readonly DebianRelease[] = ["13", "12"];

/** What a version may be called that is not a release's number or codename. */
const SUITES: Readonly<Record<string, DebianRelease>> = { stable: "13", oldstable: "12" };

/** A release by its number, its codename, or as Debian calls it now (`stable`); undefined for anything else. */
export function releaseNamed(text: string): DebianRelease | undefined {
  const found = RELEASES.find((release) => text === release || text === CODENAMES[release]);
  return found ?? (Object.hasOwn(SUITES, text) ? SUITES[text] : undefined);
}

export function codenameOfRelease(release: DebianRelease): string {
  return CODENAMES[release];
}

/** Every word that `releaseNamed` knows. */
export const RELEASE_WORDS: readonly string[] = [
  ...RELEASES,
  ...Object.values(CODENAMES),
  ...Object.keys(SUITES),
];

/** `13 (trixie), 12 (bookworm)`, for messages. */
export function listReleases(releases: readonly DebianRelease[]): string {
  return releases.map((release) => `${release} (${CODENAMES[release]})`).join(", ");
}
