import type { Digest } from "../../base/index.ts";
import {
  type Descriptor,
  parsePlatform,
  parseReference,
  platformOf,
  type Reference,
  withDefaultTag,
} from "../../oci/index.ts";
import type { Registry } from "../../registry/index.ts";
import { oneLine } from "../../text/index.ts";
import { thisMachine } from "../workplace.ts";
import { alsoHint } from "./also-hint.ts";
import type { RegistryChoice } from "./registry-access.ts";

/** What `referrers` is asked for. */
export interface ReferrersRequest extends RegistryChoice {
  /** `registry.example.com/team/app:1`, or `oci:FOLDER[:TAG]`. */
  readonly name: string;
  /** Only those of one type: `application/spdx+json`. */
  readonly artifactType?: string;
  /** Those about the image for a platform of an index; default about the index. */
  readonly platform?: string;
}

/** A manifest about an image. */
export interface ListedReferrer {
  /** What it is, as far as its type tells. */
  readonly kind: "sbom" | "provenance" | "signature" | "other";
  readonly artifactType: string;
  /** Of its manifest. */
  readonly digest: Digest;
  /** Of its manifest, bytes. */
  readonly size: number;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ImageReferrers {
  /** The manifest that they are about. */
  readonly subject: Digest;
  readonly referrers: readonly ListedReferrer[];
}

/**
 * Lists what a registry or an OCI layout has about an image: what its list of referrers has, or the tag that stands in for
 * it, and the tags of cosign. `resolve-image`, `registry-*`, `integrity-*`.
 */
export async function listImageReferrers(
  request: ReferrersRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<ImageReferrers> {
  const found = request.name.startsWith("oci:") ? await inLayout(request) : await inRegistry(request, signal);
  const { artifactType: wanted } = request;
  const referrers = found.referrers.map(listed);
  return {
    subject: found.subject,
    referrers: referrers.filter(({ artifactType }) => wanted === undefined || artifactType === wanted),
  };
}

interface Found {
  readonly subject: Digest;
  readonly referrers: readonly Descriptor[];
}

async function inLayout({ name }: ReferrersRequest): Promise<Found> {
  const { findReferrers, findRoot, openOciLayout } = await import("../../layout/index.ts");
  const [, path = "", tag] = /^oci:([^:]*)(?::(.+))?$/s.exec(name) ?? [];
  const reader = await openOciLayout(path);
  const { digest: subject } = await findRoot(reader, tag);
  const found = await findReferrers(reader, { subject });
  return {
    subject,
    referrers: found.map(({ descriptor, artifactType }) => ({ ...descriptor, artifactType })),
  };
}

async function inRegistry(request: ReferrersRequest, signal: AbortSignal): Promise<Found> {
  const [{ openRegistries }, { descriptorsIn, fetchManifest, listReferrers, resolveManifest }] =
    await Promise.all([import("./registry-access.ts"), import("../../registry/index.ts")]);
  const reference = withDefaultTag(parseReference(request.name));
  await using access = openRegistries(request, signal);
  const registry = access.registry(reference);
  const name = { repository: reference.path, reference: reference.digest ?? reference.tag ?? "latest" };
  const { arch } = thisMachine();
  const platform =
    request.platform === undefined ? undefined : parsePlatform(request.platform, platformOf(arch));
  const root = await fetchManifest(registry, name, signal).catch((error: unknown) => {
    throw alsoHint(error, ONLY_IN_REGISTRIES);
  });
  const subject = platform
    ? (await resolveManifest(registry, { ...name, platform }, signal)).descriptor.digest
    : root.descriptor.digest;
  const lists = await Promise.all([
    listReferrers(registry, { repository: reference.path, subject }, signal),
    cosignTags(registry, { reference, subject }, signal),
  ]);
  const lines = descriptorsIn(root.json.manifests ?? [], request.name);
  const attached = lines.filter((line) => isAttestation(line, platform && subject)).map(asAttestation);
  return { subject, referrers: [...lists.flat(), ...attached] };
}

const ONLY_IN_REGISTRIES =
  "documents are kept beside an image in its registry or layout: tare push it first, or name a layout as oci:FOLDER";

/** BuildKit puts documents beside the images of an index (docs/attestations/attestation-storage.md). */
function isAttestation({ annotations }: Descriptor, subject: Digest | undefined): boolean {
  const about = annotations?.["vnd.docker.reference.digest"];
  return about !== undefined && (subject === undefined || about === subject);
}

function asAttestation(line: Descriptor): Descriptor {
  return { ...line, artifactType: "application/vnd.in-toto+json" };
}

/** cosign's tags beside an image, and what they hold (cosign, "Signature Specification", "Discovery"). */
const COSIGN = {
  sig: "application/vnd.dev.cosign.simplesigning.v1+json",
  att: "application/vnd.dsse.envelope.v1+json",
  sbom: "application/vnd.dev.cosign.sbom",
} as const;

async function cosignTags(
  registry: Registry,
  { reference, subject }: { readonly reference: Reference; readonly subject: Digest },
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  const { manifestDescriptor } = await import("../../registry/index.ts");
  const found = await Promise.all(
    Object.entries(COSIGN).map(async ([suffix, artifactType]) => {
      const tag = `${subject.replace(":", "-")}.${suffix}`;
      const descriptor = await manifestDescriptor(
        registry,
        { repository: reference.path, reference: tag },
        signal,
      );
      return descriptor ? [{ ...descriptor, artifactType, annotations: { tag } }] : [];
    }),
  );
  return found.flat();
}

/** What others have written is printed only as far as it is text. */
function listed({ artifactType, digest, size, annotations }: Descriptor): ListedReferrer {
  const texts = Object.entries(annotations ?? {}).flatMap(([key, value]) =>
    typeof value === "string" ? [[oneLine(key), oneLine(value)] as const] : [],
  );
  const type = typeof artifactType === "string" ? oneLine(artifactType) : "";
  const known = Object.fromEntries(texts);
  return { kind: kindOf(type, known), artifactType: type, digest, size, annotations: known };
}

/** By the names of the media types that tools use; in-toto statements say in an annotation what they are about. */
function kindOf(type: string, annotations: Readonly<Record<string, string>>): ListedReferrer["kind"] {
  const predicate =
    annotations["in-toto.io/predicate-type"] ?? annotations["dev.sigstore.bundle.predicateType"] ?? "";
  const text = `${type} ${predicate}`;
  if (/cyclonedx|spdx|sbom/i.test(text)) return "sbom";
  if (/slsa|provenance|in-toto|dsse/i.test(text)) return "provenance";
  if (/cosign|notary|signature|sigstore/i.test(text)) return "signature";
  return "other";
}
