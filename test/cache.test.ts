import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { BuildRequest } from "../src/api/index.ts";
import { sha256 } from "../src/base/index.ts";
import { buildIn, context, type Documents, notices, sources } from "./cached-builds.ts";
import { folder, has, run, stepsThat } from "./harness.ts";

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
