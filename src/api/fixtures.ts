import { gzipSync } from "node:zlib";
import type { Digest } from "../base/index.ts";
import { type Descriptor, MEDIA_TYPE } from "../oci/index.ts";
import { addBlob, addManifest, type TestRegistry } from "../registry/fixtures.ts";
import { configOf, layerWith } from "./archives/load-fixtures.ts";
import { inspectImage } from "./images/inspect.ts";

// Images for several platforms that the tests put into a registry.

/** An image of one uncompressed layer in a registry; what describes its manifest. */
export function addPlainImage(server: TestRegistry, config: object, annotations?: object): Descriptor {
  return addImageOf(server, { config, annotations, form: (tar) => tar, type: MEDIA_TYPE.layerTar });
}

/** The same with a layer in a form that nobody here would make. */
export function addGzipImage(server: TestRegistry, config: object): Descriptor {
  const form = (tar: Buffer) => gzipSync(tar, { level: 1, memLevel: 1 });
  return addImageOf(server, { config, form, type: MEDIA_TYPE.layerGzip });
}

export function addImageOf(
  server: TestRegistry,
  {
    config,
    annotations,
    form,
    type,
  }: {
    readonly config: object;
    readonly annotations?: object | undefined;
    readonly form: (tar: Buffer) => Buffer;
    readonly type: string;
  },
): Descriptor {
  const layer = layerWith("file", JSON.stringify(config));
  const json = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.manifest,
    config: {
      ...addBlob(server, "from", Buffer.from(configOf([layer], config))),
      mediaType: MEDIA_TYPE.config,
    },
    layers: [{ ...addBlob(server, "from", form(layer)), mediaType: type }],
    ...(annotations && { annotations }),
  };
  return addManifest(server, { repository: "from", json, type: MEDIA_TYPE.manifest });
}

/** A document as BuildKit puts it beside an image. */
export function addAttestation(server: TestRegistry, subject: Digest): Descriptor {
  const statement = Buffer.from(JSON.stringify({ about: subject }));
  const json = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.manifest,
    config: {
      ...addBlob(server, "from", Buffer.from(`{"architecture":"unknown","os":"unknown"}`)),
      mediaType: MEDIA_TYPE.config,
    },
    layers: [{ ...addBlob(server, "from", statement), mediaType: "application/vnd.in-toto+json" }],
  };
  return {
    ...addManifest(server, { repository: "from", json, type: MEDIA_TYPE.manifest }),
    annotations: {
      "vnd.docker.reference.digest": subject,
      "vnd.docker.reference.type": "attestation-manifest",
    },
    platform: { architecture: "unknown", os: "unknown" },
  };
}

export function addIndex(server: TestRegistry, manifests: readonly object[], tag?: string): Descriptor {
  const annotations = { "org.opencontainers.image.description": "all of them" };
  const json = { schemaVersion: 2, mediaType: MEDIA_TYPE.index, manifests, annotations };
  const named = { repository: "from", json, type: MEDIA_TYPE.index };
  return addManifest(server, tag === undefined ? named : { ...named, tag });
}

/** Two platforms with documents beside them, one of the images in an index of the index. */
export function severalImages(server: TestRegistry) {
  const images = ["amd64", "arm64"].map((architecture) => ({
    ...addPlainImage(server, { architecture }, { each: architecture }),
    platform: { os: "linux", architecture },
    annotations: { line: architecture },
  }));
  const documents = images.map(({ digest }) => addAttestation(server, digest));
  const nested = addIndex(server, images.slice(1));
  return { images, documents, root: addIndex(server, [...images.slice(0, 1), nested, ...documents], "1") };
}

/** The id of the image that a name means for a platform. */
export const idOf = async (root: string, image: string, platform: string) =>
  (await inspectImage({ root, image, platform })).id;
