import { defined, isDigest, sha256 } from "../../base/index.ts";
import type { ExportAttachment } from "../../export/index.ts";
import { familiarName, type ImageConfig, parseReference } from "../../oci/index.ts";
import {
  type ImageFiles,
  imagePackages,
  type SbomDocument,
  type SbomFormat,
  sbomWords,
  writeSbom,
} from "../../sbom/index.ts";
import { VERSION } from "../version.ts";

/** An image that a document is about. */
export interface SbomImage {
  /** Raw JSON of its config. */
  readonly config: Uint8Array;
  readonly files: ImageFiles;
  /** Names, complete or short; the first one counts. Without any, the image is called by its id. */
  readonly names: readonly string[];
}

/**
 * What is in an image as documents that can be attached to it. The same image always gives the same bytes: their date
 * is that of the image.
 */
export async function sbomAttachments(
  image: SbomImage,
  formats: readonly SbomFormat[],
  signal: AbortSignal,
): Promise<readonly ExportAttachment[]> {
  if (formats.length === 0) return [];
  const document = await sbomDocument(image, signal);
  const title = /([^/:@]+)(?:[:@][^/]*)?$/.exec(image.names[0] ?? "image")?.[1];
  return formats.map((format) => {
    const { mediaType, extension } = sbomWords(format);
    return { artifactType: mediaType, bytes: writeSbom(document, format), title: `${title}.${extension}` };
  });
}

/** The document of an image, in no format yet. */
export async function sbomDocument(image: SbomImage, signal: AbortSignal): Promise<SbomDocument> {
  const imageId = sha256(image.config);
  const config = JSON.parse(Buffer.from(image.config).toString("utf8")) as Partial<ImageConfig>;
  const [name] = image.names;
  return {
    subject: {
      name: name === undefined ? imageId : familiarName(parseReference(name)),
      imageId,
      diffIds: (config.rootfs?.diff_ids ?? []).filter(isDigest),
      ...defined({ architecture: config.architecture }),
    },
    ...(await imagePackages(image.files, signal)),
    created: Math.floor((Date.parse(config.created ?? "") || 0) / 1000),
    tool: { name: "tare", version: VERSION },
  };
}
