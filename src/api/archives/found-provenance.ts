import { collectBytes, type Digest, throwIfCancelled } from "../../base/index.ts";
import type { ArchivedImage } from "../../layout/index.ts";
import { type Descriptor, isDescriptor } from "../../oci/index.ts";
import { type ImageProvenance, readStatement, STATEMENT_TYPE } from "../../provenance/index.ts";
import { fetchManifest, listReferrers, type Registry, readBlob } from "../../registry/index.ts";
import { unlessItFails } from "../unless-it-fails.ts";
import { buildKitProvenance } from "./buildkit-provenance.ts";

/** The manifest of an image, and its layers as the manifest names them. */
export interface ProvenanceSubject {
  readonly subject: Digest;
  readonly layers: readonly Digest[];
}

/** Larger statements are not looked at, and not more of them. BuildKit's grow with the square of the layers. */
const LARGEST = 16 << 20;
const MOST = 8;

/** What the documents of an archive about an image say of its layers; nothing where they say nothing, or are damaged. */
export async function provenanceOf({
  reader,
  referrers,
  manifest: subject,
  descriptors,
}: ArchivedImage): Promise<ImageProvenance | undefined> {
  if (!reader || !referrers || subject === undefined || !descriptors) return undefined;
  return unlessItFails(async () => {
    const found = (await referrers()).get(subject) ?? [];
    const statements = found.flatMap((one) => one.layers.filter(isStatement));
    const layers = descriptors.map(({ digest }) => digest);
    return firstOf(statements, { subject, layers }, (descriptor) => reader.blob(descriptor));
  });
}

/** BuildKit says in an annotation what a statement is about; ours are alone in their artifact. */
function isStatement({ mediaType, annotations }: Descriptor): boolean {
  const type = annotations?.["in-toto.io/predicate-type"] ?? "";
  return mediaType === STATEMENT_TYPE && (type === "" || type.startsWith("https://slsa.dev/provenance/"));
}

/** The same of a registry. A registry that does not answer keeps nobody from having the image. */
export async function provenanceInRegistry(
  registry: Registry,
  {
    repository,
    root,
    subject,
    layers,
  }: ProvenanceSubject & { readonly repository: string; readonly root: Digest },
  signal: AbortSignal,
): Promise<ImageProvenance | undefined> {
  const found = await unlessItFails(async () => {
    const listed = { repository, subject, artifactType: STATEMENT_TYPE };
    const beside = root === subject ? [] : await besideImage(registry, { repository, root, subject }, signal);
    const referrers = [...(await listReferrers(registry, listed, signal)), ...beside].slice(0, MOST);
    const statements: Descriptor[] = [];
    for (const { digest } of referrers) {
      const { json } = await fetchManifest(registry, { repository, reference: digest }, signal);
      const layers = Array.isArray(json.layers) ? (json.layers as readonly unknown[]) : [];
      statements.push(...layers.filter(isDescriptor).filter(isStatement));
    }
    return firstOf(statements, { subject, layers }, (descriptor) =>
      readBlob(registry, { repository, descriptor }, signal),
    );
  });
  throwIfCancelled(signal);
  return found;
}

/** What BuildKit has put beside an image into its index. */
async function besideImage(
  registry: Registry,
  {
    repository,
    root,
    subject,
  }: { readonly repository: string; readonly root: Digest; readonly subject: Digest },
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  const { json } = await fetchManifest(registry, { repository, reference: root }, signal);
  const lines = Array.isArray(json.manifests) ? (json.manifests as readonly unknown[]) : [];
  return lines
    .filter(isDescriptor)
    .filter(({ annotations }) => annotations?.["vnd.docker.reference.digest"] === subject);
}

async function firstOf(
  statements: readonly Descriptor[],
  about: ProvenanceSubject,
  read: (descriptor: Descriptor) => AsyncIterable<Uint8Array>,
): Promise<ImageProvenance | undefined> {
  for (const descriptor of statements.slice(0, MOST)) {
    if (descriptor.size > LARGEST) continue;
    const bytes = await collectBytes(read(descriptor));
    const { subject, layers } = about;
    const found =
      readStatement(bytes, { subject, layers: layers.length }) ?? buildKitProvenance(bytes, about);
    if (found) return found;
  }
  return undefined;
}
