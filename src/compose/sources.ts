import { debianSources, type Mirror, type Source } from "../debian/index.ts";
import type { Recipe } from "../recipe/index.ts";

/** Where a recipe's packages come from: Debian's own repositories, then those that it names, by their number. */
export function sourcesOf({ codename, sources }: Recipe, mirror: Mirror): readonly Source[] {
  const own = sources.map(({ keyring, ...source }, at) => ({
    ...source,
    id: `source-${at + 1}`,
    ...(keyring !== undefined && { keyring: Buffer.from(keyring, "base64") }),
  }));
  return [...debianSources(mirror, codename), ...own];
}
