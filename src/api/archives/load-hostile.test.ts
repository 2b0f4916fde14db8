import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { sha256, streamOf } from "../../base/index.ts";
import { MEDIA_TYPE } from "../../oci/index.ts";
import { listImages } from "../images/list-images.ts";
import { loadImages } from "./load.ts";
import {
  blobMember,
  configOf,
  described,
  inFolder,
  layerWith,
  layoutMembers,
  legacy,
  legacyMembers,
  type Member,
  ONE,
  smallLayout,
  TWO,
  tarOf,
} from "./load-fixtures.ts";

const lying = (name: string, change: (member: Member) => Member): readonly Member[] =>
  legacy.map((member) => (member.name.endsWith(name) ? change(member) : member));
const manifestJson = (value: unknown) =>
  lying("manifest.json", ({ name }) => ({ name, content: JSON.stringify(value) }));
const secondBad = JSON.parse(
  String(legacy.find(({ name }) => name === "manifest.json")?.content),
) as object[];

/** An archive whose config has more in it. */
const configured = (more: object): readonly Member[] => [
  { name: "c.json", content: configOf([ONE], more) },
  { name: "l.tar", content: ONE },
  { name: "manifest.json", content: '[{"Config":"c.json","RepoTags":["odd:1"],"Layers":["l.tar"]}]' },
];
const withPrototype = configOf([ONE]).replace('"config":{', '"config":{"__proto__":{"admin":true},');

interface Bad {
  readonly name: string;
  readonly archive: Uint8Array;
  readonly refusal: RegExp;
}

const BAD: readonly Bad[] = [
  ["a name with ../", [...legacy, { name: "../evil", content: "x" }], /"\.\.\/evil" leads out/],
  ["../ inside a name", [...legacy, { name: "a/../../evil", content: "x" }], /leads out/],
  ["an absolute name", [...legacy, { name: "/tmp/tare-evil", content: "x" }], /"\/tmp\/tare-evil" leads out/],
  ["an absolute link", [...legacy, { name: "x", type: "symlink", linkname: "/etc/passwd" }], /leads out/],
  [
    "a link with ../",
    [...legacy, { name: "a/x", type: "symlink", linkname: "../../etc/passwd" }],
    /leads out/,
  ],
  [
    "a hard link out",
    [...legacy, { name: "x", type: "hardlink", linkname: "../../etc/passwd" }],
    /leads out/,
  ],
  [
    "a chain of links",
    [
      ...legacy,
      ...[0, 1, 2].map((at): Member => ({ name: `l${at}`, type: "symlink", linkname: `l${(at + 1) % 3}` })),
    ],
    /more than 8 links/,
  ],
  ["an entry that is there twice", [...legacy, legacy[0] as Member], /twice/],
  [
    "a link over a file",
    [...legacy, { name: "repositories", type: "symlink", linkname: "manifest.json" }],
    /twice/,
  ],
  [
    "a config out of the archive",
    manifestJson([{ Config: "../../etc/passwd", RepoTags: [], Layers: [] }]),
    /leads out/,
  ],
  [
    "a layer out of the archive",
    manifestJson([{ Config: "x", RepoTags: [], Layers: ["/etc/shadow"] }]),
    /leads out/,
  ],
  [
    "a layer that is not there",
    manifestJson([{ ...secondBad[0], Layers: ["nope"] }]),
    /nope, which the archive lacks/,
  ],
  [
    "fewer layers than the config says",
    manifestJson([{ ...secondBad[0], Layers: [] }]),
    /has 2 layers, its manifest 0/,
  ],
  [
    "a manifest.json that is text",
    lying("manifest.json", ({ name }) => ({ name, content: "x" })),
    /not a JSON object/,
  ],
  ["a manifest.json of other things", manifestJson([{ Config: 3 }]), /without Config/],
  ["a name that is none", manifestJson([{ ...secondBad[0], RepoTags: ["../../x:1"] }]), /the name/],
  [
    "a second image that is damaged",
    manifestJson([...secondBad, { ...secondBad[0], Layers: ["nope"] }]),
    /lacks/,
  ],
  [
    "a config of another digest",
    lying(".json", (one) => (one.name.length > 60 ? { ...one, content: "{}" } : one)),
    /has the digest/,
  ],
  [
    "a layer of other content",
    lying("layer.tar", (one) => ({ ...one, content: layerWith("evil", "x") })),
    /digest/,
  ],
  ["a layer that is no tar", legacyMembers([Buffer.from("x".repeat(512))]), /broken tar/],
  ["a layer that leads out of its root", legacyMembers([layerWith("../../evil", "x")]), /leads out/],
  ...[
    { history: "x" },
    { history: [null] },
    { config: "x" },
    { config: { Labels: { a: 1 } } },
    { config: { Env: {} } },
  ].map(
    (more) => [`a config with ${JSON.stringify(more)}`, configured(more), /something odd as its/] as const,
  ),
  [
    "a prototype in the config",
    [
      ...manifestJson([{ Config: "c.json", RepoTags: ["legacy:1"], Layers: secondBad }]).filter(
        ({ name }) => name !== "manifest.json",
      ),
      { name: "c.json", content: withPrototype },
      { name: "manifest.json", content: `[{"Config":"c.json","RepoTags":[],"Layers":[]}]` },
    ],
    /the key "__proto__"/,
  ],
  [
    "a prototype in manifest.json",
    lying("manifest.json", ({ name }) => ({ name, content: '[{"constructor":{"prototype":{}}}]' })),
    /"constructor"/,
  ],
  [
    "a manifest without end",
    lying("manifest.json", ({ name }) => ({ name, content: `[${" ".repeat(17 << 20)}]` })),
    /no document/,
  ],
  [
    "JSON that is deep",
    lying("manifest.json", ({ name }) => ({ name, content: "[".repeat(1 << 20) })),
    /not a JSON object/,
  ],
  [
    "a descriptor with another size",
    [...layoutMembers([{ mediaType: MEDIA_TYPE.manifest, digest: sha256("{}"), size: 3 }]), blobMember("{}")],
    /2 bytes, not 3/,
  ],
  ["a layer with another size", smallLayout(ONE, { layer: { size: 7 } }), /bytes, not 7/],
  [
    "a layer of another digest",
    smallLayout(ONE).map((one) =>
      one.content === ONE ? { ...one, content: Buffer.alloc(ONE.length) } : one,
    ),
    /digest/,
  ],
  [
    "a digest that is a path",
    layoutMembers([{ mediaType: MEDIA_TYPE.manifest, digest: "sha256:../../../etc/passwd", size: 3 }]),
    /no descriptor/,
  ],
  [
    "a foreign layer that is not there",
    smallLayout(ONE, { layer: { urls: ["https://example.com/l"] } }).filter(({ content }) => content !== ONE),
    /at https:\/\/example\.com\/l/,
  ],
  ["a layout of nothing", layoutMembers([]), /no image/],
  [
    "a platform that steers the terminal",
    [
      { name: "c.json", content: configOf([ONE], { architecture: "\x1b[31mred" }) },
      ...configured({}).slice(1),
    ],
    /odd as its platform/,
  ],
  ["an index in itself too deep", nested(), /too deep/],
].map(([name, members, refusal]) => ({
  name: name as string,
  archive: tarOf(...(members as readonly Member[])),
  refusal: refusal as RegExp,
}));

/** Indexes in one another. */
function nested(): readonly Member[] {
  const blobs: string[] = [];
  let inner: object = described("{}", MEDIA_TYPE.manifest);
  for (let depth = 0; depth < 6; depth++) {
    const index = JSON.stringify({ schemaVersion: 2, manifests: [inner] });
    blobs.push(index);
    inner = described(index, MEDIA_TYPE.index);
  }
  return [...layoutMembers([inner]), ...blobs.map(blobMember)];
}

const OTHER_BAD: readonly Bad[] = [
  { name: "an archive that is cut off", archive: tarOf(...legacy).subarray(0, 5000), refusal: /broken tar/ },
  {
    name: "a member that is longer than the archive",
    archive: tarOf(...legacy, { name: "x", size: 2 ** 40 }),
    refusal: /broken tar/,
  },
  {
    name: "compressed data that is cut off",
    archive: gzipSync(tarOf(...legacy)).subarray(0, 300),
    refusal: /gzip/,
  },
  { name: "no bytes", archive: Buffer.alloc(0), refusal: /neither a docker archive nor an OCI layout/ },
  { name: "a bomb around the archive", archive: bomb(), refusal: /grows without end/ },
  {
    name: "a bomb in a layer",
    archive: tarOf(...legacyMembers([ONE], { stored: [bomb()] })),
    refusal: /grows without end/,
  },
];

/** The limit is small, so that nothing large has to be made. */
const GROWTH = { floor: 1 << 20, ratio: 200 };

function bomb(): Buffer {
  return gzipSync(Buffer.alloc(4 << 20));
}

test("what is hostile or damaged is refused, and the store lists what it listed before", () =>
  inFolder(async (folder) => {
    const root = join(folder, "store");
    await loadImages({
      root,
      source: { stream: streamOf(tarOf(...legacyMembers([TWO], { tags: ["kept:1"] }))) },
    });
    const before = await listImages({ root, all: true });
    for (const { name, archive, refusal } of [...BAD, ...OTHER_BAD]) {
      await assert.rejects(
        loadImages({ root, source: { stream: streamOf(archive) }, growth: GROWTH }),
        (error: Error & { code?: string }) => {
          assert.match(`${error.code}`, /^integrity-/, `${name}: ${error.message}`);
          assert.match(error.message, refusal, name);
          return true;
        },
        name,
      );
      assert.deepEqual(await listImages({ root, all: true }), before, name);
      assert.deepEqual(execFileSync("find", [folder, "-name", "*evil*"], { encoding: "utf8" }), "", name);
      assert.deepEqual(execFileSync("ls", [join(root, "tmp")], { encoding: "utf8" }), "", name);
    }
  }));

test("links in a folder that lead out of it are refused", () =>
  inFolder(async (folder) => {
    const layout = join(folder, "layout");
    mkdirSync(layout);
    writeFileSync(join(folder, "outside"), "{}");
    symlinkSync("../outside", join(layout, "index.json"));
    writeFileSync(join(layout, "oci-layout"), "{}");
    await assert.rejects(loadImages({ root: join(folder, "store"), source: { path: layout } }), {
      code: "integrity-archive",
      message: /link that leads out/,
    });
  }));
