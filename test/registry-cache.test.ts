import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pushImage } from "../src/api/index.ts";
import { startRegistry, type TestRegistry } from "../src/registry/fixtures.ts";
import { buildIn, context, type Documents, notices, sources } from "./cached-builds.ts";
import { folder, stepsThat } from "./harness.ts";

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
