import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type BuildRequest, pushImage } from "../src/api/index.ts";
import { sha256 } from "../src/base/index.ts";
import { startRegistry, type TestRegistry } from "../src/registry/fixtures.ts";
import { type Built, buildImage, folder, has, run, stepsThat } from "./harness.ts";

/** Two stages; the result of the first is not part of the image. */
const DOCKERFILE = `FROM scratch AS build
COPY src /src
COPY more /src/more
FROM scratch
COPY base /base
COPY --from=build /src/a /a
`;

function context() {
  return folder({ Dockerfile: DOCKERFILE, "src/a": "a", "src/b": "b", more: "more", base: "base" });
}

/** A build in a store of its own. */
async function buildIn(store: string, request: BuildRequest): Promise<Built> {
  return buildImage({ root: store, ...request });
}

function notices({ events }: Built): readonly string[] {
  return events.flatMap((event) => (event.type === "notice" ? [`${event.code}: ${event.message}`] : []));
}

function sources({ events }: Built): readonly string[] {
  return events.flatMap((event) => (event.type === "step-imported" ? [event.source] : []));
}

test("a store that is empty rebuilds nothing with the cache of another one, and makes the same image", async () => {
  using place = folder({});
  using app = context();
  const at = (name: string) => join(place.path, name);
  const tags = ["app"];
  for (const mode of ["min", "max"] as const) {
    const cache = at(`cache-${mode}`);
    const made = await buildIn(at(`A${mode}`), {
      context: app.path,
      tags,
      cacheTo: [{ type: "local", dest: cache, mode }],
    });
    const taken = await buildIn(at(`B${mode}`), {
      context: app.path,
      tags,
      cacheFrom: [{ type: "local", src: cache }],
    });
    assert.equal(taken.result.imageId, made.result.imageId);
    assert.equal(stepsThat(taken, "cached").length, 5);
    assert.deepEqual(sources(taken), [`${cache} (latest)`]);
    assert.deepEqual(notices(taken), []);
    // What was taken is the store's own from then on.
    const again = await buildIn(at(`B${mode}`), { context: app.path, tags });
    assert.equal(again.result.imageId, made.result.imageId);
    assert.deepEqual(sources(again), []);
  }
});

/** The documents of a cache in a folder, as somebody might change them. */
interface Documents {
  readonly index: { manifests: { digest: string; size: number; mediaType: string }[] };
  readonly manifest: {
    config: { digest: string; size: number; mediaType: string };
    layers: { digest: string; size: number }[];
  };
  readonly config: {
    layers: { diffId: string; size: number; tarSize: number }[];
    results: { key: string; layers: number[]; created: number[] }[];
    shortcuts: { from: string; to: string; fields: object }[];
  };
}

function readCache(folder: string): Documents {
  const json = (path: string) => JSON.parse(readFileSync(join(folder, path), "utf8"));
  const index: Documents["index"] = json("index.json");
  const manifest: Documents["manifest"] = json(blobOf(index.manifests[0]?.digest ?? ""));
  return { index, manifest, config: json(blobOf(manifest.config.digest)) };
}

function blobOf(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

/** Writes documents back, with digests that are right. `config` may be a text. */
function writeCache(
  folder: string,
  { index, manifest, config }: { index: object; manifest: object; config: unknown },
) {
  const put = (value: unknown) => {
    const bytes = Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
    const digest = sha256(bytes);
    writeFileSync(join(folder, blobOf(digest)), bytes);
    return { digest, size: bytes.length };
  };
  const made = manifest as Documents["manifest"];
  Object.assign(made.config, put(config));
  Object.assign((index as Documents["index"]).manifests[0] ?? {}, put(made));
  writeFileSync(join(folder, "index.json"), JSON.stringify(index));
}

/** Ways to spoil a cache, and what the build says of it. */
const SPOILED: Readonly<
  Record<string, readonly [(folder: string, cache: Documents) => void, RegExp | undefined]>
> = {
  "a layer has other bytes": [
    (folder, { manifest }) => {
      for (const { digest, size } of manifest.layers)
        writeFileSync(join(folder, blobOf(digest)), Buffer.alloc(size, 7));
    },
    /^cache-damaged: .*layer sha256:\w+ can not be used: /,
  ],
  "layers are gone": [
    (folder, { manifest }) => {
      for (const { digest } of manifest.layers) rmSync(join(folder, blobOf(digest)));
    },
    /^cache-damaged: .*lacks/,
  ],
  "a layer is said to be another one": [
    (folder, cache) => {
      const layers = cache.config.layers;
      const [first, second] = [layers[0]?.diffId ?? "", layers.at(-1)?.diffId ?? ""];
      for (const layer of layers)
        if (layer.diffId === first) layer.diffId = second;
        else if (layer.diffId === second) layer.diffId = first;
      writeCache(folder, cache);
    },
    /^cache-damaged: .*(has digest|more than)/,
  ],
  "a layer is larger than it says": [
    (folder, cache) => {
      for (const layer of cache.config.layers) layer.tarSize = 100;
      writeCache(folder, cache);
    },
    /^cache-damaged: .*more than 100 bytes/,
  ],
  "a layer's files have another size": [
    (folder, cache) => {
      for (const layer of cache.config.layers) layer.size += 1;
      writeCache(folder, cache);
    },
    /^cache-damaged: .*has files of/,
  ],
  "the records are other ones than the manifest says": [
    (folder, { manifest }) =>
      writeFileSync(join(folder, blobOf(manifest.config.digest)), Buffer.alloc(manifest.config.size, 32)),
    /^cache-not-imported: .*has the digest/,
  ],
  "the records are no JSON": [
    (folder, cache) => writeCache(folder, { ...cache, config: "{" }),
    /^cache-not-imported: .*not a JSON object/,
  ],
  "a result has a layer that there is not": [
    (folder, cache) => {
      for (const result of cache.config.results) result.layers[0] = 99;
      writeCache(folder, cache);
    },
    /^cache-not-imported: .*does not fit/,
  ],
  "a time is none": [
    (folder, cache) => {
      for (const result of cache.config.results) result.created[0] = 1e300;
      writeCache(folder, cache);
    },
    /^cache-not-imported: .*created/,
  ],
  "the records have names of prototypes": [
    (folder, cache) => {
      const text = JSON.stringify(cache.config);
      writeCache(folder, {
        ...cache,
        config: `{"__proto__":{"results":[]},"constructor":1,${text.slice(1)}`,
      });
    },
    undefined,
  ],
  "a shortcut leads to another key": [
    (folder, cache) => {
      for (const shortcut of cache.config.shortcuts) shortcut.to = sha256("other");
      writeCache(folder, cache);
    },
    undefined,
  ],
  "it is BuildKit's": [
    (folder, cache) => {
      const line = cache.index.manifests[0];
      const config = { ...line, mediaType: "application/vnd.buildkit.cacheconfig.v0" };
      writeCache(folder, { ...cache, manifest: { ...cache.manifest, config } });
    },
    /^cache-not-imported: .*it is a cache of BuildKit, which only BuildKit can read$/,
  ],
  "there is none": [
    (folder) => rmSync(folder, { recursive: true }),
    /^cache-not-imported: .*there is no OCI layout /,
  ],
};

test("a spoiled cache costs time and nothing else: the image is the same", async (t) => {
  using place = folder({});
  using app = context();
  // So that what is built anew has the same bytes.
  const request = { context: app.path, sourceDateEpoch: 1_600_000_000 };
  const at = (name: string) => join(place.path, name);
  const cacheAt = (dest: string) => [{ type: "local", dest, mode: "max" }] as const;
  const { result } = await buildIn(at("A"), { ...request, cacheTo: cacheAt(at("whole")) });
  for (const [name, [spoil, told]] of Object.entries(SPOILED))
    await t.test(name, async () => {
      const cache = at(name);
      cpSync(at("whole"), cache, { recursive: true });
      spoil(cache, readCache(cache));
      const store = at(`${name}.store`);
      const built = await buildIn(store, { ...request, cacheFrom: [{ type: "local", src: cache }] });
      assert.equal(built.result.imageId, result.imageId);
      if (told) assert.match(notices(built).join("\n"), told);
      else assert.deepEqual(notices(built), []);
      assert.deepEqual(readdirSync(join(store, "tmp")), []);
    });
  // Who writes to a folder leaves it whole.
  const healed = at("a layer has other bytes");
  await buildIn(at("A"), { ...request, cacheTo: cacheAt(healed) });
  const taken = await buildIn(at("healed"), { ...request, cacheFrom: [{ type: "local", src: healed }] });
  assert.deepEqual([notices(taken), sources(taken).length], [[], 1]);
});

/** Digests of the blobs that were asked for since a place in a registry's log. */
function fetched({ log }: TestRegistry, since: number): readonly string[] {
  return log.slice(since).flatMap((line) => /^GET \S+\/blobs\/(\S+) 200$/.exec(line)?.[1] ?? []);
}

test("of a registry's cache only what a build reads is fetched, and the rest stays in it", async () => {
  using place = folder({});
  using app = context();
  await using registry = await startRegistry();
  const at = (name: string) => join(place.path, name);
  const ref = `${registry.host}/team/cache:1`;
  const [cacheFrom, cacheTo] = [
    [{ type: "registry", ref }],
    [{ type: "registry", ref, mode: "max" }],
  ] as const;
  const manifest = () =>
    JSON.parse(Buffer.from(registry.manifests.get("team/cache 1")?.bytes ?? "").toString());
  await buildIn(at("A"), { context: app.path, cacheTo });
  const first: Documents["manifest"] = manifest();
  assert.equal(first.layers.length, 4);
  // The same build elsewhere writes the same cache, though it never had the layers of the first stage.
  const before = registry.log.length;
  await buildIn(at("B"), { context: app.path, cacheFrom, cacheTo });
  assert.deepEqual(manifest(), first);
  assert.equal(fetched(registry, before).length, 1 + 2);
  assert.equal(registry.log.slice(before).filter((line) => line.includes("/uploads/")).length, 0);
  // A change in the second stage needs the first one, to see what it copies.
  writeFileSync(join(app.path, "base"), "changed");
  const since = registry.log.length;
  const built = await buildIn(at("C"), { context: app.path, cacheFrom });
  assert.deepEqual(
    stepsThat(built, "done").filter((name) => name.startsWith("[stage-1")),
    ["[stage-1 1/2] COPY base /base", "[stage-1 2/2] COPY --from=build /src/a /a"],
  );
  assert.equal(stepsThat(built, "cached").filter((name) => name.startsWith("[build")).length, 2);
  assert.equal(fetched(registry, since).length, 1 + 2);
  assert.deepEqual(sources(built), [`${registry.host}/team/cache:1`]);
});

test("a build of which a registry's cache knows all, and that only pushes, fetches no layer", async () => {
  using place = folder({});
  using app = context();
  await using registry = await startRegistry();
  await using other = await startRegistry();
  const cache = { type: "registry", ref: `${registry.host}/team/cache:1` } as const;
  const at = (name: string) => join(place.path, name);
  const made = await buildIn(at("A"), {
    context: app.path,
    cacheTo: [cache],
    tags: [`${registry.host}/made`],
  });
  const before = registry.log.length;
  for (const { host } of [registry, other]) {
    const root = at(`B${host.replace(":", "-")}`);
    const request = { context: app.path, cacheFrom: [cache], tags: [`${host}/app`] };
    const pushed = await buildIn(root, { ...request, outputs: [{ type: "registry" }] });
    assert.equal(pushed.result.imageId, made.result.imageId);
    // Into the same registry nothing is read but the cache's document; into another one each layer once.
    assert.equal(fetched(registry, before).length, host === registry.host ? 1 : 1 + 1 + 2);
    assert.deepEqual(readdirSync(join(root, "layers")), []);
  }
  const manifest = JSON.parse(Buffer.from(other.manifests.get("app latest")?.bytes ?? "").toString());
  for (const { digest } of manifest.layers) assert.ok(other.blobs.has(`app ${digest}`));

  // What the registry has lost since is made anew, and the rest of the cache counts still.
  const lost = manifest.layers.at(-1).digest;
  registry.blobs.delete(`team/cache ${lost}`);
  const request = { context: app.path, cacheFrom: [cache], tags: [`${registry.host}/again`] };
  const again = await buildIn(at("C"), { ...request, outputs: [{ type: "registry" }] });
  assert.match(notices(again).join("\n"), new RegExp(`^cache-damaged: .*blob ${lost} .*: not found$`));
  assert.equal(stepsThat(again, "done").filter((name) => name.startsWith("[stage-1")).length, 1);
  assert.ok(registry.blobs.has(`again ${lost}`));
});

test("a registry that fails while a layer is fetched costs time and nothing else", async () => {
  using place = folder({});
  using app = context();
  let broken = false;
  await using registry = await startRegistry({
    fault: ({ method, path }) =>
      broken && method === "GET" && path.includes("/blobs/") && !path.endsWith(config)
        ? { status: 403 }
        : undefined,
  });
  let config = "";
  const at = (name: string) => join(place.path, name);
  const cache = { type: "registry", ref: `${registry.host}/cache` } as const;
  const request = { context: app.path, sourceDateEpoch: 1_600_000_000 };
  const made = await buildIn(at("A"), { ...request, cacheTo: [cache] });
  const { bytes } = registry.manifests.get("cache latest") ?? { bytes: Buffer.alloc(0) };
  config = JSON.parse(Buffer.from(bytes).toString()).config.digest;
  broken = true;
  const built = await buildIn(at("B"), { ...request, cacheFrom: [cache] });
  assert.equal(built.result.imageId, made.result.imageId);
  assert.match(notices(built)[0] ?? "", /^cache-damaged: /);
  const failing = { ...request, cacheTo: [{ ...cache, ref: `${registry.host}/BAD` }] } as const;
  await assert.rejects(buildIn(at("C"), failing), { code: "user-bad-reference" });
});

test("an image that brings its own cache is one to take results from", async () => {
  using place = folder({});
  using app = context();
  await using registry = await startRegistry();
  const at = (name: string) => join(place.path, name);
  const name = `${registry.host}/app:1`;
  const cacheTo = [{ type: "inline" }] as const;
  const made = await buildIn(at("A"), { context: app.path, tags: [name], cacheTo });
  await pushImage({ name, root: at("A"), environment: {} });
  const cacheFrom = [{ type: "registry", ref: name }] as const;
  const built = await buildIn(at("B"), { context: app.path, cacheFrom, cacheTo });
  assert.equal(built.result.imageId, made.result.imageId);
  assert.deepEqual(sources(built), [name]);
  const plain = await buildIn(at("C"), { context: app.path, tags: [name] });
  assert.notEqual(plain.result.imageId, made.result.imageId);
  await pushImage({ name, root: at("C"), environment: {} });
  assert.match(
    notices(await buildIn(at("D"), { context: app.path, cacheFrom })).join(),
    /^cache-not-imported: .*the image has no cache in it$/,
  );
});

test("cache mounts travel: what another machine has left in them is there, what is spoiled is not", {
  skip: !has("busybox") && "busybox is missing",
}, async () => {
  using place = folder({});
  const busybox = (await run("sh", ["-c", "command -v busybox"])).stdout.trim();
  const command =
    "/bin/sh -c 'cat /c/*; echo $N > /c/$N; mkfifo /c/pipe; ln -sf 1 /c/link; chown 5:6 /c/$N; true'";
  using app = folder({
    Dockerfile: `FROM scratch\nCOPY sh /bin/\nARG N\nRUN --mount=type=cache,target=/c --mount=type=cache,id=two,target=/d ["/bin/sh", "-c", ${JSON.stringify(command)}]\n`,
    sh: (path) => cpSync(busybox, path),
  });
  const at = (name: string) => join(place.path, name);
  const [from, to] = [
    [{ type: "local", src: at("mounts") }],
    [{ type: "local", dest: at("mounts") }],
  ] as const;
  const build = (store: string, N: string, more: Partial<BuildRequest>) =>
    buildIn(at(store), { context: app.path, buildArgs: { N }, ...more });
  const cache = at("cache");
  await build("A", "1", { cacheMountsTo: to, cacheTo: [{ type: "local", dest: cache }] });
  const second = await build("B", "2", { cacheMountsFrom: from, cacheMountsTo: to });
  assert.equal(second.log, "1\n1\n");
  // Nothing runs, so nothing is opened: what was there stays there.
  const { manifest } = readCache(at("mounts"));
  const cacheFrom = [{ type: "local", src: cache }] as const;
  const cached = await build("E", "1", { cacheFrom, cacheMountsFrom: from, cacheMountsTo: to });
  assert.equal(cached.log, "");
  assert.deepEqual(readCache(at("mounts")).manifest, manifest);
  assert.equal((await build("C", "3", { cacheMountsFrom: from })).log.split("\n").length, 4);
  for (const { digest, size } of manifest.layers)
    writeFileSync(join(at("mounts"), blobOf(digest)), Buffer.alloc(size, 7));
  const spoiled = await build("D", "4", { cacheMountsFrom: from });
  assert.match(notices(spoiled)[0] ?? "", /^cache-damaged: .*: cache mount \/c can not be used: /);
  assert.equal(spoiled.log, "cat: can't open '/c/*': No such file or directory\n");
});
