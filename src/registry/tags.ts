import { TareError } from "../base/index.ts";
import { addressIn, headerOf, jsonObject, onOneLine, readAnswer } from "./answers.ts";
import type { Registry, RegistryAnswer } from "./types.ts";

const MAX_PAGE = 4 << 20;
const PAGES = 1000;

/** The tags of a repository, in the registry's order (OCI distribution-spec, "Listing Tags"). `resolve-image` when there is none of that name. */
export async function listTags(
  registry: Registry,
  repository: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const tags = new Set<string>();
  const what = `tags of ${registry.host}/${repository}`;
  const seen = new Set<string>();
  let path: string | undefined = `/v2/${repository}/tags/list`;
  while (path !== undefined) {
    if (seen.has(path) || seen.size === PAGES)
      throw new TareError("registry-refused", `${what}: the list has no end`, {
        hint: "ask who runs the registry",
      });
    seen.add(path);
    const scopes = [`repository:${repository}:pull`];
    const answer: RegistryAnswer = await registry.request(
      { method: "GET", path, scopes, expect: [200], what },
      signal,
    );
    const json = jsonObject(await readAnswer(answer, { limit: MAX_PAGE, what }));
    for (const tag of Array.isArray(json?.tags) ? json.tags : [])
      if (typeof tag === "string") tags.add(onOneLine(tag));
    path = nextPage(answer);
  }
  return [...tags];
}

/** Where the next page is, which `Link` says (RFC 8288); undefined at the last one. */
export function nextPage(answer: RegistryAnswer): string | undefined {
  const link = /<([^<>]+)>\s*;[^,]*\brel="?next"?/i.exec(headerOf(answer, "link") ?? "")?.[1];
  return link === undefined ? undefined : addressIn(answer, link);
}
