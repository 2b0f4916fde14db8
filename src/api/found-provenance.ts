import { collectBytes, type Digest, TareError, throwIfCancelled } from "../base/index.ts";
import { type ArchivedImage, findReferrers, type LayoutReader } from "../layout/index.ts";
import { type Descriptor, isDescriptor } from "../oci/index.ts";
import { type ImageProvenance, readStatement, STATEMENT_TYPE } from "../provenance/index.ts";
import { fetchManifest, listReferrers, type Registry, readBlob } from "../registry/index.ts";

/** The manifest of an image, and how many layers it has. */
export interface ProvenanceSubject {
  readonly subject: Digest;
  readonly layers: number;
}

/** Larger statements are not looked at, and not more of them. */
const LARGEST = 4 << 20;
const MOST = 8;

/** What a layout's documents about an image say of its layers; nothing where they say nothing, or are damaged. */
async function provenanceInLayout(
  reader: LayoutReader,
  { subject, layers }: ProvenanceSubject,
): Promise<ImageProvenance | undefined> {
  return unlessItFails(async () => {
    const found = await findReferrers(reader, { subject, artifactType: STATEMENT_TYPE });
    const statements = found.map((one) => one.layers[0]);
    return firstOf(statements, { subject, layers }, (descriptor) => reader.blob(descriptor));
  });
}

/** The same of an image of an archive. */
export async function provenanceOf({
  reader,
  manifest,
  layers,
}: ArchivedImage): Promise<ImageProvenance | undefined> {
  if (!reader || manifest === undefined) return undefined;
  return provenanceInLayout(reader, { subject: manifest, layers: layers.length });
}

/** The same of a registry. A registry that does not answer keeps nobody from having the image. */
export async function provenanceInRegistry(
  registry: Registry,
  { repository, subject, layers }: ProvenanceSubject & { readonly repository: string },
  signal: AbortSignal,
): Promise<ImageProvenance | undefined> {
  const found = await unlessItFails(async () => {
    const listed = { repository, subject, artifactType: STATEMENT_TYPE };
    const referrers = (await listReferrers(registry, listed, signal)).slice(0, MOST);
    const statements: (Descriptor | undefined)[] = [];
    for (const { digest } of referrers) {
      const { json } = await fetchManifest(registry, { repository, reference: digest }, signal);
      const [first] = Array.isArray(json.layers) ? (json.layers as readonly unknown[]) : [];
      statements.push(isDescriptor(first) ? first : undefined);
    }
    return firstOf(statements, { subject, layers }, (descriptor) =>
      readBlob(registry, { repository, descriptor }, signal),
    );
  });
  throwIfCancelled(signal);
  return found;
}

async function firstOf(
  statements: readonly (Descriptor | undefined)[],
  subject: ProvenanceSubject,
  read: (descriptor: Descriptor) => AsyncIterable<Uint8Array>,
): Promise<ImageProvenance | undefined> {
  for (const descriptor of statements.slice(0, MOST)) {
    if (!descriptor || descriptor.size > LARGEST) continue;
    const found = readStatement(await collectBytes(read(descriptor)), subject);
    if (found) return found;
  }
  return undefined;
}

async function unlessItFails<T>(work: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TareError) return undefined;
    throw error;
  }
}
