import { type Digest, defined, TareError } from "../../base/index.ts";
import {
  canonicalName,
  parsePlatform,
  parseReference,
  platformOf,
  type Reference,
  withDefaultTag,
} from "../../oci/index.ts";
import type { BuildEvent } from "../../solver/index.ts";
import { openStore } from "../../store/index.ts";
import { existingImage } from "../existing-image.ts";
import { type StoreChoice, storeFolder } from "../store-choice.ts";
import { transferStep } from "../transfer-step.ts";
import { thisMachine } from "../workplace.ts";
import { remoteTags } from "./login.ts";

/** What `pull` is asked for. */
export interface PullRequest extends StoreChoice {
  /** `debian:13`, `registry.example.com/team/app@sha256:…`; `:latest` is implied. */
  readonly name: string;
  /** `linux/arm64`; default this machine's. */
  readonly platform?: string;
  /** The images for all platforms; the name leads to an index of them then. */
  readonly allPlatforms?: boolean;
}

export interface PulledImage {
  /** The complete name. */
  readonly name: string;
  readonly reference: Reference;
  readonly imageId: Digest;
  /** What the name leads to in the registry: the index, where there is one. */
  readonly digest: Digest;
  /** Whether the image had this name here before. */
  readonly upToDate: boolean;
}

/** Fetches every tag of a repository as `pullImage` does one, in the registry's order. `user-bad-reference` for a name with a tag. */
export async function pullAllTags(
  request: PullRequest,
  emit: (event: BuildEvent) => void = () => {},
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly PulledImage[]> {
  const { tag, digest } = parseReference(request.name);
  if (tag !== undefined || digest !== undefined)
    throw new TareError("user-bad-reference", `${request.name}: all tags are of a repository`, {
      hint: "leave the tag out, or --all-tags",
    });
  const { environment } = request;
  const pulled: PulledImage[] = [];
  for (const one of await remoteTags({ repository: request.name, ...defined({ environment }) }, signal))
    pulled.push(await pullImage({ ...request, name: `${request.name}:${one}` }, emit, signal));
  return pulled;
}

/**
 * Fetches an image from a registry into the local store. Layers that are there are not fetched again. `resolve-image`,
 * `registry-*`, `integrity-*`; then the name leads to what it led to before.
 */
export async function pullImage(
  request: PullRequest,
  emit: (event: BuildEvent) => void = () => {},
  signal: AbortSignal = new AbortController().signal,
): Promise<PulledImage> {
  const reference = withDefaultTag(parseReference(request.name));
  const { arch, now } = thisMachine();
  const host = platformOf(arch);
  const platform = request.platform === undefined ? host : parsePlatform(request.platform, host);
  const name = canonicalName(reference);
  const store = await openStore(storeFolder(request));
  await using _lease = await store.hold(`tare pull ${name}`);
  const [{ openRegistries }, { pullInto }] = await Promise.all([
    import("./registry-access.ts"),
    import("./pull-image.ts"),
  ]);
  await using access = openRegistries(request, signal);
  const registry = access.registry(reference);
  const wanted = { reference, registry, now };
  if (request.allPlatforms) {
    const { pullIndex } = await import("./pull-index.ts");
    const all = await pullIndex(store, { ...wanted, emit }, signal);
    if (all) {
      const { id: imageId } = await existingImage(store, name);
      return { name, reference, imageId, digest: all.digest, upToDate: all.known };
    }
  }
  const { record, digest, known } = await transferStep(`pulling ${name}`, { emit, now }, (onProgress) =>
    pullInto(store, { ...wanted, platform, onProgress }, signal),
  );
  return { name, reference, imageId: record.id, digest, upToDate: known };
}
