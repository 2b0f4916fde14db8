import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TareError } from "../src/base/index.ts";
import { openStore } from "../src/store/index.ts";
import { BASE, buildImage, filesOf, folder, ROOT, stepsThat } from "./harness.ts";

// Two layers, of which the upper one stands on the lower one, and one that copies from both.
const DOCKERFILE = `FROM scratch AS first
COPY a /dir/a
COPY b /dir/b
FROM scratch
COPY --from=first /dir /
COPY c /c
`;

/** One time for all files, so that what is made anew is the same. */
const REQUEST = { sourceDateEpoch: 1_000_000_000 };

function flip(path: string): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 3);
  bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(path, bytes);
}

const DAMAGES: Readonly<Record<string, (path: string) => void>> = {
  "cut off": (path) => truncateSync(path, 60),
  empty: (path) => truncateSync(path, 0),
  "with a flipped bit": flip,
  missing: (path) => rmSync(path),
};

/** A store of its own with an image of three tar layers, one of which only the build needs. */
async function built() {
  const work = folder({});
  const context = folder({ Dockerfile: DOCKERFILE, a: "a".repeat(1000), b: "b".repeat(1000), c: "1" });
  const root = join(work.path, "store");
  const request = { ...REQUEST, root, context: context.path };
  const { result } = await buildImage(request);
  const store = await openStore(root);
  const layers = readdirSync(join(root, "layers"));
  const record = await store.images.resolve(result.imageId as string);
  const tarOf = (id: string) => store.blobs.path(`sha256:${id}`);
  return {
    request,
    imageId: result.imageId as string,
    indexes: layers.map((id) => join(root, "layers", id, "index")),
    tars: layers.map(tarOf),
    imageTars: (record?.layers ?? []).map(tarOf),
    change: () => writeFileSync(join(context.path, "c"), "2"),
    [Symbol.dispose]: () => {
      work[Symbol.dispose]();
      context[Symbol.dispose]();
    },
  };
}

/** What the image of the changed context is in a store where nothing was ever damaged. */
async function expectedChange(): Promise<string | undefined> {
  using good = await built();
  good.change();
  return (await buildImage(good.request)).result.imageId;
}

/** Reads all layers of an image as they are. */
async function assertWhole(root: string, imageId: string): Promise<void> {
  const store = await openStore(root);
  const record = await store.images.resolve(imageId);
  for (const id of record?.layers ?? []) {
    const layer = await store.layers.get(id);
    assert.ok(layer, "the layer is there");
    for await (const _ of layer.tar());
  }
  assert.deepEqual(
    (await filesOf(imageId, root)).map(({ path }) => path),
    ["", "a", "b", "c"],
  );
}

for (const [name, damage] of Object.entries(DAMAGES)) {
  test(`indexes ${name}: the same build gives the same image, and one with a change too`, async () => {
    const expected = await expectedChange();
    using work = await built();
    for (const path of work.indexes) damage(path);
    assert.equal((await buildImage(work.request)).result.imageId, work.imageId);
    work.change();
    assert.equal((await buildImage(work.request)).result.imageId, expected);
    await assertWhole(work.request.root, expected as string);
  });

  test(`indexes and tars ${name}: what is damaged is made anew`, async () => {
    const expected = await expectedChange();
    using work = await built();
    for (const path of [...work.indexes, ...work.tars]) damage(path);
    work.change();
    assert.equal((await buildImage(work.request)).result.imageId, expected);
    await assertWhole(work.request.root, expected as string);
  });

  test(`tars ${name}: an export notices, and the same again succeeds`, async () => {
    using work = await built();
    for (const path of work.imageTars) damage(path);
    using out = folder({});
    const outputs = [{ type: "docker", dest: join(out.path, "image.tar") }] as const;
    const request = { ...work.request, outputs };
    if (name !== "missing") await assert.rejects(buildImage(request), { code: "integrity-digest" });
    assert.equal((await buildImage(request)).result.imageId, work.imageId);
    await assertWhole(work.request.root, work.imageId);
  });
}

test("a copy from a damaged stage is refused, and the same again succeeds", async () => {
  using context = folder({
    Dockerfile: "FROM scratch AS first\nCOPY a /a\nFROM scratch\nCOPY --from=first /a /b\n",
    a: "content ".repeat(100),
  });
  using work = folder({});
  const root = join(work.path, "store");
  const request = { ...REQUEST, root, context: context.path };
  await buildImage({ ...request, target: "first" });
  const [id] = readdirSync(join(root, "layers"));
  const path = (await openStore(root)).blobs.path(`sha256:${id}`);
  const bytes = readFileSync(path);
  bytes[bytes.indexOf("content")] = 0x43;
  writeFileSync(path, bytes);
  await assert.rejects(buildImage(request), { code: "integrity-store" });
  const { imageId } = (await buildImage(request)).result;
  using fresh = folder({});
  assert.equal((await buildImage({ ...request, root: join(fresh.path, "store") })).result.imageId, imageId);
});

test("a step whose directory is damaged runs again", async () => {
  const dockerfile = (text: string) =>
    `FROM ${BASE}\nRUN echo made > /made && rm -f /etc/hostname\nRUN cat /made && echo ${text} > /text\n`;
  // New to the store, whichever builds it has seen.
  const text = `${process.hrtime.bigint()}`;
  using context = folder({ Dockerfile: dockerfile(text) });
  const request = { ...REQUEST, root: ROOT, context: context.path };
  const { result } = await buildImage({ ...request, noCache: true });
  const store = await openStore(ROOT);
  const { layers = [] } = (await store.images.resolve(result.imageId as string)) ?? {};
  flip(join(ROOT, "layers", layers.at(-2) as string, "index"));
  writeFileSync(join(context.path, "Dockerfile"), dockerfile(`${text}2`));
  const again = await buildImage(request);
  assert.ok(again.events.some((event) => event.type === "notice" && event.code === "store-damaged"));
  assert.equal(stepsThat(again, "done").length, 3);
  assert.match(again.log, /^made$/m);
  writeFileSync(join(context.path, "Dockerfile"), dockerfile(text));
  assert.equal((await buildImage(request)).result.imageId, result.imageId);
});

test("who builds on an image whose layer is damaged is told how to have that image whole again", async () => {
  using context = folder({
    Dockerfile: "FROM scratch\nCOPY a /a\n",
    next: "FROM damaged-base\nCOPY a /b\n",
    a: "a",
  });
  using work = folder({});
  const root = join(work.path, "store");
  const request = { root, context: context.path };
  await buildImage({ ...request, tags: ["damaged-base"] });
  for (const id of readdirSync(join(root, "layers"))) rmSync(join(root, "layers", id), { recursive: true });
  const hint = /tare build -t docker\.io\/library\/damaged-base:latest FOLDER, or tare pull /;
  await assert.rejects(
    buildImage({ ...request, dockerfile: join(context.path, "next") }),
    (error) => error instanceof TareError && hint.test(error.facts.hint ?? ""),
  );
});
