import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeTarHeader, PLAIN_FILE, TAR_END, type TarHeader, tarPadding } from "../../archive/index.ts";
import { hexOf, sha256 } from "../../base/index.ts";
import { MEDIA_TYPE } from "../../oci/index.ts";

// What the tests of `load` make their archives of.

/** A member of an archive; its size is that of its content unless it lies. */
export interface Member extends Partial<TarHeader> {
  readonly name: string;
  readonly content?: string | Uint8Array;
}

/** The members as one tar. */
export function tarOf(...members: readonly Member[]): Buffer {
  const parts = members.flatMap(({ content = "", ...facts }) => {
    const bytes = Buffer.from(content);
    return [
      encodeTarHeader({ ...PLAIN_FILE, size: bytes.length, ...facts }),
      bytes,
      tarPadding(bytes.length),
    ];
  });
  return Buffer.concat([...parts, TAR_END]);
}

/** The tar of a layer with one file. */
export function layerWith(name: string, content: string): Buffer {
  return tarOf({ name, content });
}

/** A config for layers, by their uncompressed forms. */
export function configOf(tars: readonly Uint8Array[], more: object = {}): string {
  return JSON.stringify({
    architecture: "amd64",
    os: "linux",
    config: { Cmd: ["/x"] },
    rootfs: { type: "layers", diff_ids: tars.map((tar) => sha256(tar)) },
    ...more,
  });
}

/** A docker archive as Docker before 25 writes it: `hex/layer.tar`, `hex.json`. */
export function legacyMembers(
  tars: readonly Uint8Array[],
  {
    tags = ["legacy:1"],
    stored = tars,
  }: { readonly tags?: readonly string[]; readonly stored?: readonly Uint8Array[] } = {},
): readonly Member[] {
  const config = configOf(tars);
  const path = `${hexOf(sha256(config))}.json`;
  const folders = stored.map((_, at) => hexOf(sha256(`folder ${at}`)));
  return [
    { name: path, content: config },
    ...folders.flatMap((folder, at): Member[] => [
      { name: `${folder}/`, type: "dir" },
      { name: `${folder}/VERSION`, content: "1.0" },
      { name: `${folder}/json`, content: "{}" },
      { name: `${folder}/layer.tar`, content: stored[at] as Uint8Array },
    ]),
    {
      name: "manifest.json",
      content: JSON.stringify([
        { Config: path, RepoTags: tags, Layers: folders.map((folder) => `${folder}/layer.tar`) },
      ]),
    },
    { name: "repositories", content: "{}" },
  ];
}

/** A blob as a member of an OCI layout. */
export function blobMember(content: string | Uint8Array): Member {
  return { name: `blobs/sha256/${hexOf(sha256(content))}`, content };
}

/** Its descriptor. */
export function described(content: string | Uint8Array, mediaType: string, more: object = {}): object {
  return { mediaType, digest: sha256(content), size: Buffer.byteLength(content), ...more };
}

/** The manifest of an image: its layers as they are stored. */
export function manifestOf(
  config: string,
  layers: readonly (readonly [Uint8Array, string, object?])[],
): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.manifest,
    config: described(config, MEDIA_TYPE.config),
    layers: layers.map(([bytes, type, more]) => described(bytes, type, more)),
  });
}

/** What makes a folder or tar of blobs a layout. */
export function layoutMembers(manifests: readonly object[]): readonly Member[] {
  return [
    { name: "oci-layout", content: '{"imageLayoutVersion":"1.0.0"}' },
    { name: "index.json", content: JSON.stringify({ schemaVersion: 2, manifests }) },
  ];
}

/** The layout of one image of one layer, named. */
export function smallLayout(
  tar: Uint8Array,
  {
    stored = tar,
    type = MEDIA_TYPE.layerTar as string,
    layer = {},
    name = "docker.io/library/small:1",
    line = {},
  }: {
    readonly stored?: Uint8Array;
    readonly type?: string;
    readonly layer?: object;
    readonly name?: string;
    /** More of the line of the index. */
    readonly line?: object;
  } = {},
): readonly Member[] {
  const config = configOf([tar]);
  const manifest = manifestOf(config, [[stored, type, layer]]);
  const annotations = { "io.containerd.image.name": name };
  return [
    ...layoutMembers([described(manifest, MEDIA_TYPE.manifest, { annotations, ...line })]),
    ...[config, manifest, stored].map(blobMember),
  ];
}

/** A folder that is removed in the end. */
export async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tare-load-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A layer with one file. */
export const ONE = layerWith("one", "first");

/** A layer with another. */
export const TWO = layerWith("two", "second");

/** An archive of both layers, as Docker wrote it before it knew OCI's layout. */
export const legacy = legacyMembers([ONE, TWO]);
