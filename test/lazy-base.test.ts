import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { type BuildRequest, pushImage } from "../src/api/index.ts";
import { sha256 } from "../src/base/index.ts";
import { type Fault, startRegistry, type TestRegistry } from "../src/registry/fixtures.ts";
import { buildImage, filesOf, folder } from "./harness.ts";

/** Three layers, each with a folder of its own. */
const BASE = [
  "FROM scratch AS links",
  "COPY tree /",
  "FROM scratch",
  "COPY low /low/",
  "COPY mid /mid/",
  "COPY --from=links / /top/",
].join("\n");

test("a build fetches the layers of a base that tell what it asks for, from above, and no others", async () => {
  using place = folder({});
  using tree = folder({ Dockerfile: BASE, low: "low", mid: "mid", "tree/file": "top", "tree/dir/x": "x" });
  await using server = await startRegistry();
  const environment = { SOURCE_DATE_EPOCH: "1700000000" };
  const base = `${server.host}/base:1`;
  await buildImage({ context: tree.path, tags: [base], root: join(place.path, "made") });
  await pushImage({ name: base, root: join(place.path, "made"), environment });
  const manifest = JSON.parse(Buffer.from(server.manifests.get("base 1")?.bytes ?? []).toString());
  const names = new Map(
    manifest.layers.map(({ digest }: { digest: string }, at: number) => [digest, ["low", "mid", "top"][at]]),
  );
  /** Builds in a store; tells which layers were fetched meanwhile. */
  let told = "";
  const fetched = async (store: string, lines: string, more: Partial<BuildRequest> = {}) => {
    using context = folder({ Dockerfile: lines.replaceAll("BASE", base), x: "x" });
    const before = server.log.length;
    const root = join(place.path, store);
    const built = await buildImage({ context: context.path, root, environment, ...more });
    told = built.events.map((event) => (event.type === "notice" ? event.message : "")).join("");
    const readings = server.log.slice(before).filter((line) => line.startsWith("GET"));
    const layers = readings.flatMap((line) => names.get(/\/blobs\/(\S+)/.exec(line)?.[1] ?? "") ?? []);
    return { layers: layers.join(" "), image: built.result.imageId ?? "", root };
  };
  const copy = (...sources: readonly string[]) =>
    `FROM scratch\n${sources.map((source) => `COPY --from=BASE ${source} /\n`).join("")}`;

  const first = await fetched("one", copy("/top/file"));
  assert.equal(first.layers, "top");
  assert.deepEqual(
    (await filesOf(first.image, first.root)).map(({ path }) => path),
    ["", "file"],
  );
  assert.equal((await fetched("one", copy("/top/file"), { noCache: true })).layers, "");
  assert.equal((await fetched("one", copy("/mid/mid"))).layers, "mid");
  // What is in a directory only all layers can tell, as who matches a pattern.
  assert.equal((await fetched("one", copy("/top/dir"))).layers, "low");
  assert.equal((await fetched("two", copy("/top/d*"))).layers.split(" ").sort().join(" "), "low mid top");

  // A stage that only adds to the base asks for where it adds it; the image is the same as on the whole base.
  const onto = "FROM BASE\nCOPY x /top/dir/\nWORKDIR /mid\nCOPY x mid\n";
  const lazy = { tags: [`${server.host}/app:1`], outputs: [{ type: "registry" }] } as const;
  const added = await fetched("three", onto, lazy);
  assert.equal(added.layers, "top mid");
  const whole = await fetched("four", onto);
  assert.equal([...whole.layers.split(" ")].sort().join(" "), "low mid top");
  assert.equal(added.image, whole.image);

  // Whether there is something in the place of a new file all layers have to say.
  assert.equal(told, "");
  assert.equal((await fetched("three", "FROM BASE\nCOPY x /new\n", lazy)).layers, "low");
  assert.match(told, /whether the base has \/new, only all .* 1 of them was fetched for that; with --link/);
  assert.equal((await fetched("five", "FROM BASE\nWORKDIR /new\n", lazy)).layers.split(" ").length, 3);
  assert.match(told, /\/new, .* 3 of them were fetched for that; COPY --link with whole paths/);
  assert.equal((await fetched("six", "FROM BASE\nENV A=b\nCOPY --link x /new\n", lazy)).layers, "");

  // A step of a stage, and an image that is to be whole here, get the base as a whole.
  const kept = await fetched("two", "FROM BASE\nENV A=b\n");
  assert.equal(kept.layers, "");
  assert.equal((await filesOf(kept.image, kept.root)).length, 9);
});

/** Text that does not shrink. */
function noise(size: number, seed: number): string {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, seed), Buffer.alloc(16));
  return cipher.update(Buffer.alloc(size / 2)).toString("hex");
}

/** Accounts, a program and much else, in one layer with a table of contents. */
const LISTED = {
  Dockerfile: "FROM scratch\nCOPY tree /\n",
  "tree/etc/passwd": "root:x:0:0::/:\napp:x:7:8::/:\n",
  "tree/bin/one": noise(60_000, 1),
  "tree/lib/other": noise(3_000_000, 2),
};

interface Layer {
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

function layersOf({ manifests }: TestRegistry, name: string): readonly Layer[] {
  return JSON.parse(Buffer.from(manifests.get(name)?.bytes ?? []).toString()).layers;
}

async function pushListed(place: string, { host }: TestRegistry, files = LISTED): Promise<string> {
  using context = folder(files);
  const name = `${host}/base:1`;
  const outputs = [{ type: "registry", compression: "estargz" }] as const;
  const root = join(place, "made");
  await buildImage({ context: context.path, tags: [name], root, outputs, environment: EPOCH });
  return name;
}

const EPOCH = { SOURCE_DATE_EPOCH: "1700000000" };

test("of a base with a table of contents a build fetches that, and the files that it takes", async () => {
  using place = folder({});
  let fault: Fault | undefined;
  await using server = await startRegistry({
    fault: ({ method, path }) => (method === "GET" && path.includes("/blobs/") ? fault : undefined),
  });
  const base = await pushListed(place.path, server);
  const [layer] = layersOf(server, "base 1") as [Layer];
  assert.ok(layer.size > 1_500_000, String(layer.size));
  /** Builds in a new store; tells how many bytes of the base's layer were sent meanwhile. */
  const fetched = async (store: string, lines: string, more: Partial<BuildRequest> = {}) => {
    using context = folder({ Dockerfile: lines.replaceAll("BASE", base), x: "x" });
    const root = join(place.path, store);
    server.sent.clear();
    const { result } = await buildImage({ context: context.path, root, environment: EPOCH, ...more });
    return { bytes: server.sent.get(layer.digest) ?? 0, image: result.imageId ?? "", root };
  };
  const pushed = (tag: string) =>
    ({ tags: [`${server.host}/app:${tag}`], outputs: [{ type: "registry" }] }) as const;
  const onto = "FROM BASE\nWORKDIR /app\nCOPY --chown=app x /new/\nCOPY x /bin/two\n";

  const listed = await fetched("one", onto, pushed("1"));
  assert.ok(listed.bytes < 150_000, `${listed.bytes} bytes of ${layer.size}`);
  // Nobody has read the layer, and who stands on it may do as this build did.
  assert.deepEqual(layersOf(server, "app 1")[0], layer);
  const whole = await fetched("two", onto);
  assert.ok(whole.bytes >= layer.size);
  assert.equal(listed.image, whole.image);
  // Who has it held its table against it.
  await fetched("two", onto, pushed("2"));
  assert.deepEqual(layersOf(server, "app 2")[0], layer);

  const one = "FROM scratch\nCOPY --from=BASE /bin/one /etc/passwd /\n";
  const some = await fetched("three", one);
  assert.ok(some.bytes > 30_000 && some.bytes < 200_000, `${some.bytes} bytes of ${layer.size}`);
  assert.deepEqual((await fetched("four", "FROM scratch\nCOPY --from=BASE / /\n")).bytes >= layer.size, true);
  // A registry that knows no parts sends the whole, as does one whose parts are others.
  fault = { noRange: true };
  const plain = await fetched("five", one);
  assert.ok(plain.bytes >= layer.size);
  assert.equal(plain.image, some.image);
});

test("what a table of contents says of a layer counts for the image alone whose manifest names it", async () => {
  using place = folder({});
  await using good = await startRegistry();
  await using evil = await startRegistry();
  const honest = await pushListed(place.path, good);
  const twin = await pushListed(join(place.path, "evil"), evil, {
    ...LISTED,
    "tree/bin/one": noise(60_000, 3),
  });
  // Its manifest names the other's config: what it says is in that image's layer is not.
  const stolen = JSON.parse(Buffer.from(good.manifests.get("base 1")?.bytes ?? []).toString());
  const own = JSON.parse(Buffer.from(evil.manifests.get("base 1")?.bytes ?? []).toString());
  const config = good.blobs.get(`base ${stolen.config.digest}`) as Uint8Array;
  evil.blobs.set(`base ${stolen.config.digest}`, config);
  const bytes = Buffer.from(JSON.stringify({ ...own, config: stolen.config }));
  const type = own.mediaType;
  for (const name of ["1", sha256(bytes)]) evil.manifests.set(`base ${name}`, { bytes, type });
  const root = join(place.path, "store");
  const taken = async (base: string) => {
    using context = folder({ Dockerfile: `FROM scratch\nCOPY --from=${base} /bin/one /two\n` });
    const outputs = [{ type: "registry" }] as const;
    const tags = [`${base.split("/")[0]}/app:1`];
    await buildImage({ context: context.path, root, environment: EPOCH, tags, outputs });
    return layersOf(base === twin ? evil : good, "app 1").at(-1)?.digest;
  };
  const lie = await taken(twin);
  const truth = await taken(honest);
  assert.notEqual(lie, truth);
  assert.equal(await taken(honest), truth);
  // Nor where the store has the honest one by its name: then none of them is asked.
  const store = join(place.path, "named");
  const kept = async (base: string, more: Partial<BuildRequest> = {}) => {
    using context = folder({ Dockerfile: `FROM scratch\nCOPY --from=${base} /bin/one /two\n` });
    const request = { context: context.path, root: store, environment: EPOCH, ...more };
    const { result } = await buildImage(request);
    return (await filesOf(result.imageId ?? "", store)).at(-1)?.digest;
  };
  const first = await kept(honest);
  assert.notEqual(await kept(twin).catch(() => undefined), first);
  await assert.rejects(kept(honest, { noCache: true }), { code: "integrity-digest" });
  assert.equal(await kept(honest, { noCache: true, pull: true }), first);
  // Who needs all of it finds out.
  using context = folder({ Dockerfile: `FROM ${twin}\n` });
  await assert.rejects(
    buildImage({
      context: context.path,
      root: join(place.path, "new"),
      outputs: [{ type: "oci", dest: join(place.path, "x") }],
    }),
    { code: "integrity-digest" },
  );
});
