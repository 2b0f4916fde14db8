import assert from "node:assert/strict";
import { test } from "node:test";
import { type Digest, sha256 } from "../base/index.ts";
import { MEDIA_TYPE } from "../oci/index.ts";
import { CACHE_TYPE, encodeDocument, type LocatedLayer } from "./document.ts";
import { type CacheRecords, describeCache, documentOf, layersOf } from "./manifest.ts";
import { describeMounts, parseMounts } from "./mounts-document.ts";
import { parseDocument } from "./parse-document.ts";

function layer(name: string): { readonly id: string; readonly layer: LocatedLayer } {
  const descriptor = { mediaType: MEDIA_TYPE.layerGzip, digest: sha256(`${name}.gz`), size: 10 };
  return { id: name, layer: { diffId: sha256(name), size: 1, tarSize: 1024, descriptor } };
}

const RECORDS: CacheRecords = {
  results: [
    { key: sha256("two"), layers: ["a", "b"], created: [1, 2], comments: ["", "of b"] },
    { key: sha256("one"), layers: ["a"], created: [1] },
    { key: sha256("lost"), layers: ["a", "gone"], created: [1, 2] },
  ],
  shortcuts: [{ from: sha256("from"), to: sha256("to"), fields: { content: [sha256("x"), null] } }],
};
const LAYERS = [layer("a"), layer("b")];
const DESCRIPTORS = LAYERS.map(({ layer: { descriptor } }) => descriptor);

/** What arrives of records. */
function arrived(change: (document: Record<string, unknown>) => unknown = (document) => document) {
  const document = JSON.parse(Buffer.from(encodeDocument(documentOf(RECORDS, LAYERS))).toString());
  return change(document) ?? document;
}

test("records arrive as they were sent, without those whose layers are not there", () => {
  assert.deepEqual(layersOf(RECORDS), ["a", "b", "gone"]);
  const { results, shortcuts, layers } = parseDocument(arrived(), { descriptors: DESCRIPTORS });
  assert.deepEqual(
    layers,
    LAYERS.map((one) => one.layer),
  );
  assert.deepEqual(shortcuts, RECORDS.shortcuts);
  assert.deepEqual(
    new Map(results.map(({ key, ...rest }) => [key, rest])),
    new Map<Digest, object>([
      [sha256("one"), { layers: [0], created: [1] }],
      [sha256("two"), { layers: [0, 1], created: [1, 2], comments: ["", "of b"] }],
    ]),
  );
});

test("the same records are the same bytes in whatever order they come", () => {
  const other = { ...RECORDS, results: [...RECORDS.results].reverse() };
  const [one, two] = [describeCache(RECORDS, LAYERS), describeCache(other, LAYERS)];
  assert.equal(one.descriptor.digest, two.descriptor.digest);
  assert.equal(one.descriptor.mediaType, MEDIA_TYPE.manifest);
});

test("in an image's config the image tells the diffIDs", () => {
  const value = arrived((document) => {
    for (const one of document.layers as { diffId?: string }[]) delete one.diffId;
  });
  assert.throws(() => parseDocument(value, { descriptors: DESCRIPTORS }), /layer 0 has no digest/);
  const diffIds = LAYERS.map((one) => one.layer.diffId);
  assert.deepEqual(
    parseDocument(value, { descriptors: DESCRIPTORS, diffIds }).layers.map(({ diffId }) => diffId),
    diffIds,
  );
  assert.throws(() => parseDocument(value, { descriptors: DESCRIPTORS, diffIds: [] }), /layer 0/);
});

test("records that can not be are refused, each with the reason", () => {
  type Change = (document: Record<string, unknown>) => unknown;
  const results = (document: Record<string, unknown>) => document.results as Record<string, unknown>[];
  const set =
    (name: string, value: unknown): Change =>
    (document) => ({ ...document, [name]: value });
  const inFirst =
    (name: string, value: unknown): Change =>
    (document) =>
      void Object.assign(results(document)[0] ?? {}, { [name]: value });
  const cases: readonly (readonly [Change, RegExp])[] = [
    [() => "text", /damaged/],
    [() => [], /damaged/],
    [set("version", 2), /version/],
    [set("layers", {}), /layers/],
    [set("layers", []), /speaks of 0 layers and has 2/],
    [set("layers", [{ diffId: "sha256:x", size: 1, tarSize: 1 }]), /layers\.0\.diffId/],
    [set("layers", [{ size: -1, tarSize: 1 }]), /layers\.0\.size/],
    [set("layers", [{ size: 1, tarSize: 1e99 }]), /layers\.0\.tarSize/],
    [inFirst("key", "../../etc"), /results\.0\.key/],
    [inFirst("layers", [7, 7]), /does not fit|results/],
    [inFirst("layers", [0.5]), /results\.0\.layers/],
    [inFirst("layers", ["__proto__"]), /results\.0\.layers/],
    [inFirst("created", [Number.NaN]), /results\.0\.created/],
    [inFirst("created", [1e15]), /results\.0\.created/],
    [inFirst("created", []), /does not fit/],
    [inFirst("comments", ["\u001b[2J", ""]), /control characters/],
    [inFirst("comments", ["x".repeat(2000), ""]), /results\.0\.comments/],
    [set("shortcuts", [{ from: sha256("a"), to: sha256("b"), fields: { args: ["x"] } }]), /shortcuts/],
    [set("shortcuts", [{ from: sha256("a"), to: sha256("b"), fields: {} }]), /shortcuts/],
  ];
  for (const [change, why] of cases)
    assert.throws(
      () => parseDocument(arrived(change), { descriptors: DESCRIPTORS }),
      (error: { code: string; message: string }) =>
        error.code === "integrity-archive" && why.test(error.message),
      String(why),
    );
  assert.throws(() => parseDocument(arrived(), { descriptors: [{}, {}] }), /no descriptors/);
  assert.throws(() => parseDocument(arrived(), { descriptors: undefined }), /no descriptors/);
});

test("a list of mounts arrives as it was sent, or not at all", async () => {
  const mounts = LAYERS.map(({ id, layer: { diffId, tarSize, descriptor } }) => ({
    id,
    diffId,
    tarSize,
    descriptor,
  }));
  const { config } = describeMounts(mounts);
  let text = "";
  for await (const chunk of config.bytes()) text += Buffer.from(chunk).toString();
  const value = JSON.parse(text);
  assert.deepEqual(parseMounts(value, DESCRIPTORS), mounts);
  const damages: readonly (readonly [unknown, unknown])[] = [
    [value, []],
    [value, [{}, {}]],
    [{ ...value, version: 0 }, DESCRIPTORS],
    [
      { version: 1, mounts: [{ id: "x".repeat(5000), diffId: sha256("a"), tarSize: 1 }] },
      DESCRIPTORS.slice(1),
    ],
    [{ version: 1, mounts: [{ id: 1, diffId: sha256("a"), tarSize: 1 }] }, DESCRIPTORS.slice(1)],
  ];
  for (const [changed, descriptors] of damages)
    assert.throws(() => parseMounts(changed, descriptors), { code: "integrity-archive" });
  assert.equal(CACHE_TYPE.config, "application/vnd.tare.cache.config.v1+json");
});
