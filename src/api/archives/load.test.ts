import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { type Digest, hexOf, sha256, streamOf } from "../../base/index.ts";
import { MEDIA_TYPE } from "../../oci/index.ts";
import { openStore } from "../../store/index.ts";
import { listImages } from "../images/list-images.ts";
import { loadImages } from "./load.ts";
import {
  blobMember,
  configOf,
  described,
  inFolder,
  layoutMembers,
  legacy,
  legacyMembers,
  type Member,
  manifestOf,
  ONE,
  smallLayout,
  TWO,
  tarOf,
} from "./load-fixtures.ts";

const EMPTY_LAYER = Buffer.alloc(1024);

interface Good {
  readonly name: string;
  readonly members: readonly Member[];
  /** Names of the images in their order; an image without is "". */
  readonly loaded: readonly string[];
  /** The layers that the last one has. */
  readonly layers: readonly Uint8Array[];
}

const podmanConfig = configOf([ONE]);
const [armConfig, amdConfig] = ["arm64", "amd64"].map((architecture) =>
  configOf([ONE], { architecture }),
) as [string, string];
const [armManifest, amdManifest] = [armConfig, amdConfig].map((config) =>
  manifestOf(config, [[gzipSync(ONE), MEDIA_TYPE.layerGzip]]),
) as [string, string];
const attestation = manifestOf("{}", []);
const buildxIndex = JSON.stringify({
  schemaVersion: 2,
  mediaType: MEDIA_TYPE.index,
  manifests: [
    described(amdManifest, MEDIA_TYPE.manifest, { platform: { os: "linux", architecture: "amd64" } }),
    described(armManifest, MEDIA_TYPE.manifest, { platform: { os: "linux", architecture: "arm64" } }),
    described(attestation, MEDIA_TYPE.manifest, {
      platform: { os: "unknown", architecture: "unknown" },
      annotations: { "vnd.docker.reference.type": "attestation-manifest" },
    }),
  ],
});

/** A gzip file in members, the last one empty with the place of a table of contents, as eStargz ends. */
const ESTARGZ = Buffer.concat([
  gzipSync(ONE.subarray(0, 600)),
  gzipSync(ONE.subarray(600)),
  Buffer.from("1f8b08040000000000ff1a0053471600", "hex"),
  Buffer.from("0000000000000258STARGZ"),
  Buffer.from("010000ffff0000000000000000", "hex"),
]);

const GOOD: readonly Good[] = [
  { name: "Docker 20 to 24", members: legacy, loaded: ["legacy:1"], layers: [ONE, TWO] },
  {
    name: "Docker 20 to 24, a repeated layer as a link",
    members: [
      ...legacyMembers([ONE, ONE]).filter(({ name }) => name !== `${hexOf(sha256("folder 1"))}/layer.tar`),
      {
        name: `${hexOf(sha256("folder 1"))}/layer.tar`,
        type: "symlink",
        linkname: `../${hexOf(sha256("folder 0"))}/layer.tar`,
      },
    ],
    loaded: ["legacy:1"],
    layers: [ONE, ONE],
  },
  {
    name: "Podman, with hex.tar and links for old readers",
    members: [
      { name: `${hexOf(sha256(ONE))}.tar`, content: ONE },
      { name: "old/layer.tar", type: "symlink", linkname: `../${hexOf(sha256(ONE))}.tar` },
      { name: `${hexOf(sha256(podmanConfig))}.json`, content: podmanConfig },
      {
        name: "manifest.json",
        content: JSON.stringify([
          {
            Config: `${hexOf(sha256(podmanConfig))}.json`,
            RepoTags: ["localhost/pod:1", "localhost/pod:2"],
            Layers: [`${hexOf(sha256(ONE))}.tar`],
          },
        ]),
      },
    ],
    loaded: ["localhost/pod:1 localhost/pod:2"],
    layers: [ONE],
  },
  {
    name: "Kaniko, with sha256:hex and hex.tar.gz",
    members: [
      { name: sha256(configOf([ONE])), content: configOf([ONE]) },
      { name: `${hexOf(sha256(gzipSync(ONE)))}.tar.gz`, content: gzipSync(ONE) },
      {
        name: "manifest.json",
        content: JSON.stringify([
          {
            Config: sha256(configOf([ONE])),
            RepoTags: ["registry.example.com/k:1"],
            Layers: [`${hexOf(sha256(gzipSync(ONE)))}.tar.gz`],
          },
        ]),
      },
    ],
    loaded: ["registry.example.com/k:1"],
    layers: [ONE],
  },
  {
    name: "BuildKit, for several platforms and with provenance",
    members: [
      ...layoutMembers([
        described(buildxIndex, MEDIA_TYPE.index, {
          annotations: { "io.containerd.image.name": "docker.io/library/multi:1" },
        }),
      ]),
      ...[amdManifest, armManifest, amdConfig, armConfig, gzipSync(ONE), buildxIndex, attestation].map(
        blobMember,
      ),
    ],
    loaded: ["multi:1"],
    layers: [ONE],
  },
  {
    name: "a layout whose tag says no repository",
    members: smallLayout(ONE, { name: "1.0" }),
    loaded: [""],
    layers: [ONE],
  },
  {
    name: "an index whose lines have null for what is not there",
    members: smallLayout(ONE, { line: { annotations: null } }),
    loaded: [""],
    layers: [ONE],
  },
  {
    name: "a layout whose line has the type of the image's config, as crane and Kaniko write it",
    members: smallLayout(ONE, { line: { artifactType: MEDIA_TYPE.dockerConfig } }),
    loaded: ["small:1"],
    layers: [ONE],
  },
  {
    name: "an empty layer, and one of no bytes",
    members: legacyMembers([EMPTY_LAYER, ONE, Buffer.alloc(0)]),
    loaded: ["legacy:1"],
    layers: [EMPTY_LAYER, ONE, Buffer.alloc(0)],
  },
  {
    name: "layers that are compressed in a docker archive",
    members: legacyMembers([ONE, TWO], { stored: [gzipSync(ONE), gzipSync(TWO)] }),
    loaded: ["legacy:1"],
    layers: [ONE, TWO],
  },
  {
    name: "eStargz",
    members: smallLayout(ONE, { stored: ESTARGZ, type: MEDIA_TYPE.layerGzip }),
    loaded: ["small:1"],
    layers: [ONE],
  },
  {
    name: "zstd:chunked, with a skippable frame behind it",
    members: smallLayout(ONE, {
      stored: Buffer.concat([zstd(ONE), Buffer.from("502a4d1804000000aabbccdd", "hex")]),
      type: MEDIA_TYPE.layerZstd,
    }),
    loaded: ["small:1"],
    layers: [ONE],
  },
  {
    name: "a foreign layer that is there",
    members: smallLayout(ONE, {
      stored: gzipSync(ONE),
      type: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
      layer: { urls: ["https://example.com/layer"] },
    }),
    loaded: ["small:1"],
    layers: [ONE],
  },
  {
    name: "a label that is called constructor",
    members: legacyMembers([ONE]).map((member) =>
      member.name === "repositories"
        ? { name: "repositories", content: '{"constructor":{"x":"y"}}' }
        : member,
    ),
    loaded: ["legacy:1"],
    layers: [ONE],
  },
];

function zstd(bytes: Uint8Array): Buffer {
  return execFileSync("zstd", ["-q", "-c"], { input: bytes });
}

for (const { name, members, loaded, layers } of GOOD)
  test(`is loaded: ${name}`, () =>
    inFolder(async (folder) => {
      const root = join(folder, "store");
      const images = await loadImages({ root, source: { stream: streamOf(tarOf(...members)) } });
      assert.deepEqual(
        images.map(({ names }) => names.join(" ")),
        loaded,
      );
      const store = await openStore(root);
      const record = await store.images.resolve(images.at(-1)?.id ?? "");
      assert.deepEqual(
        record?.layers,
        layers.map((layer) => hexOf(sha256(layer))),
      );
      for (const id of record?.layers ?? []) assert.ok(await store.layers.get(id));
    }));

test("the same comes as a file, compressed or not, and as a folder", () =>
  inFolder(async (folder) => {
    const root = join(folder, "store");
    const members = smallLayout(ONE);
    const tar = tarOf(...members);
    const at = (name: string, bytes: Uint8Array) => {
      writeFileSync(join(folder, name), bytes);
      return { path: join(folder, name) };
    };
    const layout = join(folder, "layout");
    mkdirSync(join(layout, "blobs/sha256"), { recursive: true });
    for (const { name, content } of members) writeFileSync(join(layout, name), content as string);
    const sources = [
      at("a.tar", tar),
      at("a.tar.gz", gzipSync(tar)),
      at("a.zst", zstd(tar)),
      { path: layout },
    ];
    for (const source of sources) {
      const [image] = await loadImages({ root, source });
      assert.deepEqual(image?.names, ["small:1"], source.path);
    }
    assert.equal((await listImages({ root, all: true })).length, 1);
    assert.deepEqual(readFileSync(join(folder, "a.tar")), tar);
  }));

test("an image for several platforms is the one that is asked for, or refused with those that there are", () =>
  inFolder(async (folder) => {
    const root = join(folder, "store");
    const multi = GOOD.find(({ name }) => name.startsWith("BuildKit"))?.members ?? [];
    const source = () => ({ stream: streamOf(tarOf(...multi)) });
    const [arm] = await loadImages({ root, source: source(), platform: "linux/arm64" });
    assert.equal(arm?.id, sha256(armConfig));
    const [amd] = await loadImages({ root, source: source(), platform: "linux/amd64" });
    assert.deepEqual(
      [amd?.id, amd?.replaced],
      [sha256(amdConfig), [{ name: "multi:1", id: arm?.id as Digest }]],
    );
    await assert.rejects(loadImages({ root, source: source(), platform: "linux/s390x" }), {
      code: "resolve-image",
      message: /for linux\/s390x, but for linux\/amd64, linux\/arm64/,
    });
  }));
