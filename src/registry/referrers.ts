import { type Digest, hexOf, TareError } from "../base/index.ts";
import { dropAnswer } from "../net/index.ts";
import { type Descriptor, MEDIA_TYPE } from "../oci/index.ts";
import { jsonObject, readAnswer } from "./answers.ts";
import { descriptorsIn, fetchManifest, MAX_MANIFEST, manifestText } from "./manifests.ts";
import { pushManifest } from "./push-manifest.ts";
import { nextPage } from "./tags.ts";
import type { Registry, RegistryAnswer } from "./types.ts";

/** A manifest that others refer to. */
export interface Subject {
  readonly repository: string;
  readonly subject: Digest;
}

/**
 * The manifests about a manifest: lists of what is in it, signatures. Of a registry that has no such list, what the tag
 * for it names (OCI distribution-spec, "Listing Referrers", "Backwards Compatibility").
 */
export async function listReferrers(
  registry: Registry,
  { repository, subject, artifactType }: Subject & { readonly artifactType?: string },
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  const found =
    (await listed(registry, { repository, subject }, signal)) ??
    (await tagged(registry, { repository, subject }, signal));
  return artifactType === undefined ? found : found.filter((line) => line.artifactType === artifactType);
}

/** Puts a manifest with a subject under its digest, and into the list by tag where the registry keeps none itself. */
export async function pushReferrer(
  registry: Registry,
  {
    repository,
    subject,
    descriptor,
    bytes,
  }: Subject & { readonly descriptor: Descriptor; readonly bytes: Uint8Array },
  signal: AbortSignal,
): Promise<void> {
  const { mediaType, digest } = descriptor;
  if (await pushManifest(registry, { repository, reference: digest, mediaType, bytes }, signal)) return;
  if (await listed(registry, { repository, subject }, signal)) return;
  const others = (await tagged(registry, { repository, subject }, signal)).filter(
    (line) => line.digest !== digest,
  );
  const index = { schemaVersion: 2, mediaType: MEDIA_TYPE.index, manifests: [...others, descriptor] };
  await pushManifest(
    registry,
    {
      repository,
      reference: fallbackTag(subject),
      mediaType: MEDIA_TYPE.index,
      bytes: Buffer.from(JSON.stringify(index)),
    },
    signal,
  );
}

const PAGES = 100;

/** Undefined when the registry does not know what is asked for. */
async function listed(
  registry: Registry,
  { repository, subject }: Subject,
  signal: AbortSignal,
): Promise<readonly Descriptor[] | undefined> {
  const what = `referrers of ${manifestText(registry, { repository, reference: subject })}`;
  const found: Descriptor[] = [];
  let path: string | undefined = `/v2/${repository}/referrers/${subject}`;
  for (let page = 0; path !== undefined; page++) {
    if (page === PAGES) throw new TareError("registry-refused", `${what}: the list has no end`);
    const scopes = [`repository:${repository}:pull`];
    const answer: RegistryAnswer = await registry.request(
      { method: "GET", path, scopes, expect: page === 0 ? [200, 400, 404, 405] : [200], what },
      signal,
    );
    if (answer.status !== 200) return dropAnswer(answer).then(() => undefined);
    const json = jsonObject(await readAnswer(answer, { limit: MAX_MANIFEST, what }));
    found.push(...descriptorsIn(json?.manifests ?? [], what));
    path = nextPage(answer);
  }
  return found;
}

async function tagged(
  registry: Registry,
  { repository, subject }: Subject,
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  const reference = fallbackTag(subject);
  try {
    const { json } = await fetchManifest(registry, { repository, reference }, signal);
    return descriptorsIn(json.manifests ?? [], manifestText(registry, { repository, reference }));
  } catch (error) {
    if (error instanceof TareError && error.code === "resolve-image") return [];
    throw error;
  }
}

function fallbackTag(subject: Digest): string {
  return `sha256-${hexOf(subject)}`;
}
