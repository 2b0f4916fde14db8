import { atMost, collectBytes, TareError } from "../../base/index.ts";
import { writeDestination } from "../../export/index.ts";
import {
  blobOf,
  describeLayout,
  type Layout,
  type LayoutBlob,
  layoutTar,
  writeLayoutFolder,
} from "../../layout/index.ts";
import { type Descriptor, isIndexType, MEDIA_TYPE, parseReference, type Reference } from "../../oci/index.ts";
import { descriptorsIn } from "../../registry/index.ts";
import { type CopyPlan, MAX_CONFIG } from "./copy-plan.ts";
import type { CopySource } from "./copy-source.ts";
import type { CopyProgress } from "./copy-to-registry.ts";
import { countedBytes } from "./counted-bytes.ts";

/** Files that an image is copied into. */
export interface FilesTarget {
  readonly kind: "oci" | "oci-archive" | "docker-archive";
  readonly path: string;
  /** A tag; of a docker archive a whole name. */
  readonly name?: string | undefined;
}

type Copied = CopyProgress & { readonly source: CopySource; readonly target: FilesTarget };

/** Writes an image into an OCI layout, as it is, or as a docker archive, which holds one image and not several. */
export async function copyToFiles(plan: CopyPlan, copied: Copied, signal: AbortSignal): Promise<void> {
  const { kind, path } = copied.target;
  const layout = kind === "docker-archive" ? await dockerLayout(plan, copied) : ociLayout(plan, copied);
  if (kind === "oci") return writeLayoutFolder(path, layout, signal);
  await writeDestination(layoutTar(layout, signal), { dest: path }, signal);
}

function ociLayout({ root, manifests, blobs }: CopyPlan, copied: Copied): Layout {
  const { name } = copied.target;
  const annotations = { "org.opencontainers.image.ref.name": name ?? "" };
  const { mediaType, digest, size } = root.descriptor;
  const line: Descriptor = { mediaType, digest, size, ...(name !== undefined && { annotations }) };
  return {
    descriptor: line,
    index: { schemaVersion: 2, mediaType: MEDIA_TYPE.index, manifests: [line] },
    blobs: [...blobs.map((blob) => blobFrom(blob, copied)), ...manifests.map(({ bytes }) => blobOf(bytes))],
  };
}

async function dockerLayout({ root, blobs }: CopyPlan, copied: Copied): Promise<Layout> {
  const { source, target } = copied;
  if (isIndexType(root.descriptor.mediaType))
    throw new TareError(
      "user-bad-flag",
      `${source.title} is for several platforms, a docker archive for one`,
      {
        hint: "choose one with --platform",
      },
    );
  const layers = descriptorsIn(root.json.layers, source.title);
  const [config] = blobs as readonly [Descriptor];
  return describeLayout(
    {
      config: await collectBytes(
        atMost(source.blob(config), { size: MAX_CONFIG, what: "the image's config" }),
      ),
      layers: layers.map((layer) => ({ ...blobFrom(layer, copied), mediaType: layer.mediaType })),
      names: target.name === undefined ? namesOf(source) : [parseReference(target.name)],
    },
    { docker: true },
  );
}

function namesOf({ reference }: CopySource): readonly Reference[] {
  return reference?.tag === undefined ? [] : [reference];
}

function blobFrom(descriptor: Descriptor, { source, onBytes }: Copied): LayoutBlob {
  const { digest, size } = descriptor;
  return { digest, size, bytes: () => countedBytes(source.blob(descriptor), onBytes) };
}
