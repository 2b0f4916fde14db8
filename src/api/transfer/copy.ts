import { type Digest, TareError } from "../../base/index.ts";
import {
  canonicalName,
  parsePlatform,
  parseReference,
  platformOf,
  type Reference,
  withDefaultTag,
} from "../../oci/index.ts";
import type { BuildEvent } from "../../solver/index.ts";
import { transferStep } from "../transfer-step.ts";
import { thisMachine } from "../workplace.ts";
import { alsoHint } from "./also-hint.ts";
import type { CopySource } from "./copy-source.ts";
import type { FilesTarget } from "./copy-to-layout.ts";
import type { RegistryAccess, RegistryChoice } from "./registry-access.ts";

/** What `copy` is asked for. */
export interface CopyRequest extends RegistryChoice {
  /** `docker://NAME` or NAME, `oci:FOLDER[:TAG]`, `oci-archive:FILE[:TAG]`, `docker-archive:FILE[:NAME]`. */
  readonly source: string;
  /** The same forms. */
  readonly target: string;
  /** `linux/arm64`; default all. */
  readonly platform?: string;
}

export interface CopiedImage {
  /** The target, complete. */
  readonly target: string;
  /** What the target's name leads to now. */
  readonly digest: Digest;
  /** Whether it led there before. */
  readonly upToDate: boolean;
}

/**
 * Copies an image without taking it apart: between registries, into and out of OCI layouts. Blobs that are there are
 * not read. Its digest stays, except in a docker archive. `resolve-image`, `registry-*`, `integrity-*`.
 */
export async function copyImage(
  request: CopyRequest,
  emit: (event: BuildEvent) => void = () => {},
  signal: AbortSignal = new AbortController().signal,
): Promise<CopiedImage> {
  const [from, to] = [parsePlace(request.source), parsePlace(request.target)];
  const { arch, now } = thisMachine();
  const platform =
    request.platform === undefined ? undefined : parsePlatform(request.platform, platformOf(arch));
  const { openRegistries } = await import("./registry-access.ts");
  await using access = openRegistries(request, signal);
  const [title, target] = [placeText(from), placeText(to)];
  return transferStep(`copying ${title} to ${target}`, { emit, now }, async (onProgress) => {
    const { planCopy } = await import("./copy-plan.ts");
    const source = await openSource(from, { access, title, signal });
    const plan = await planCopy(source, platform).catch((error: unknown) => {
      throw from.kind === "registry" ? alsoHint(error, NOT_FROM_HERE) : error;
    });
    const total = plan.blobs.reduce((sum, { size }) => sum + size, 0);
    let current = 0;
    const onBytes = (count: number) => {
      current += count;
      onProgress(current, total);
    };
    const { digest } = plan.root.descriptor;
    if (to.kind === "registry") {
      checkDigest(to.reference, digest);
      const { copyToRegistry } = await import("./copy-to-registry.ts");
      const registry = access.registry(to.reference);
      const copied = { source, target: { registry, reference: to.reference }, onBytes };
      return { target, digest, upToDate: !(await copyToRegistry(plan, copied, signal)) };
    }
    const { copyToFiles } = await import("./copy-to-layout.ts");
    await copyToFiles(plan, { source, target: to, onBytes }, signal);
    return { target, digest, upToDate: false };
  });
}

type Place = { readonly kind: "registry"; readonly reference: Reference } | FilesTarget;

/** The transports of containers-transports(5), as far as they are known here; a name without one is a registry's. */
function parsePlace(text: string): Place {
  const [, transport, rest = ""] = /^(oci|oci-archive|docker-archive|docker):(.*)$/s.exec(text) ?? [];
  const isFile = transport !== undefined && transport !== "docker";
  // `docker:` may be the name of a repository with a tag: docker:27.
  if (!isFile) {
    const name = text.startsWith("docker://") ? rest.slice(2) : text;
    if (/^[a-z-]+:\/\//.test(name) || /^(dir|docker-daemon|containers-storage|sif):/.test(name))
      throw unknownPlace(text);
    return { kind: "registry", reference: withDefaultTag(parseReference(name)) };
  }
  const colon = rest.indexOf(":");
  const [path, name] = colon < 0 ? [rest] : [rest.slice(0, colon), rest.slice(colon + 1)];
  if (path === "" || path === "-" || path === undefined || name === "") throw unknownPlace(text);
  return { kind: transport as FilesTarget["kind"], path, name };
}

function unknownPlace(text: string): TareError {
  return new TareError(
    "user-bad-flag",
    `${JSON.stringify(text)} is no place that an image is copied from or to`,
    {
      hint: "write docker://NAME, oci:FOLDER:TAG, oci-archive:FILE:TAG or docker-archive:FILE:NAME",
    },
  );
}

const NOT_FROM_HERE =
  "images of the local store are sent by tare push, files are named as docker-archive:FILE";

function placeText(place: Place): string {
  if (place.kind === "registry") return canonicalName(place.reference);
  return `${place.kind}:${place.path}${place.name === undefined ? "" : `:${place.name}`}`;
}

async function openSource(
  place: Place,
  {
    access,
    title,
    signal,
  }: { readonly access: RegistryAccess; readonly title: string; readonly signal: AbortSignal },
): Promise<CopySource> {
  const { layoutSource, registrySource } = await import("./copy-source.ts");
  if (place.kind !== "registry") return layoutSource(place, title);
  const { reference } = place;
  return registrySource(reference, access.registry(reference), { title, signal });
}

/** Who copies to a digest means exactly that image. */
function checkDigest({ digest: wanted }: Reference, found: Digest): void {
  if (wanted === undefined || wanted === found) return;
  throw new TareError("user-bad-reference", `the image has the digest ${found}, not ${wanted}`, {
    hint: "name the target by a tag, or copy the image of that digest",
  });
}
