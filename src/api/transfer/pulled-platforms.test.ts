import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Descriptor, MEDIA_TYPE } from "../../oci/index.ts";
import { startRegistry } from "../../registry/fixtures.ts";
import { openStore } from "../../store/index.ts";
import { loadImages } from "../archives/load.ts";
import { inFolder } from "../archives/load-fixtures.ts";
import { saveImages } from "../archives/save.ts";
import { addIndex, addPlainImage, idOf, severalImages } from "../fixtures.ts";
import { removeImages, tagImage } from "../images/images.ts";
import { inspectImage } from "../images/inspect.ts";
import { listImages } from "../images/list-images.ts";
import { pullImage } from "./pull.ts";
import { pushImage } from "./push.ts";

const environment = {};

test("images whose configs do not say their variants keep those of the index", () =>
  inFolder(async (root) => {
    await using server = await startRegistry();
    const [six, seven] = [
      addPlainImage(server, { architecture: "arm", created: "2020-01-01T00:00:00Z" }),
      addPlainImage(server, { architecture: "arm" }),
    ];
    const line = (image: Descriptor, variant: string) => ({
      ...image,
      platform: { os: "linux", architecture: "arm", variant },
    });
    const index = addIndex(server, [line(six, "v6"), line(seven, "v7")], "1");
    const name = `${server.host}/from:1`;
    const pulled = await pullImage({ name, root, environment, allPlatforms: true });
    assert.deepEqual([pulled.digest, pulled.upToDate], [index.digest, false]);
    const [v6, v7] = [await idOf(root, name, "linux/arm/v6"), await idOf(root, name, "linux/arm/v7")];
    assert.notEqual(v6, v7);
    assert.equal((await pullImage({ name, root, environment, allPlatforms: true })).upToDate, true);
    const alone = `${root}/alone`;
    for (const platform of ["linux/arm/v6", "linux/arm/v7"])
      await pullImage({ name, root: alone, environment, platform });
    assert.deepEqual(
      [await idOf(alone, name, "linux/arm/v6"), await idOf(alone, name, "linux/arm/v7")],
      [v6, v7],
    );
    await removeImages({ root, names: [name], platform: "linux/arm/v7" });
    assert.equal(await idOf(root, name, "linux/arm/v6"), v6);
  }));

test("one image for two platforms is kept for both, and goes for one alone", () =>
  inFolder(async (root) => {
    await using server = await startRegistry();
    const image = addPlainImage(server, { architecture: "amd64" });
    const lines = ["amd64", "arm64"].map((architecture) => ({
      ...image,
      platform: { os: "linux", architecture },
    }));
    const { digest } = addIndex(server, lines, "1");
    const name = `${server.host}/from:1`;
    await pullImage({ name, root, environment, allPlatforms: true });
    const id = await idOf(root, name, "linux/amd64");
    assert.equal(await idOf(root, name, "linux/arm64"), id);
    await tagImage({ root, source: name, target: `${server.host}/to:1` });
    const [pushed] = await pushImage({ name: `${server.host}/to:1`, root, environment });
    assert.equal(pushed?.digest, digest);
    assert.deepEqual(
      await listImages({ root }).then((all) => all.map(({ platforms }) => platforms?.length)),
      [2],
    );
    const { deleted } = await removeImages({ root, names: [name], platform: "linux/arm64" });
    assert.deepEqual(deleted, []);
    assert.equal(await idOf(root, name, "linux/amd64"), id);
    await assert.rejects(idOf(root, name, "linux/arm64"), { code: "resolve-image" });
  }));

test("images for several versions of Windows are all kept; the newest of a build is meant", () =>
  inFolder(async (root) => {
    await using server = await startRegistry();
    const versions = ["10.0.17763.6189", "10.0.20348.900", "10.0.20348.2655"];
    const lines = versions.map((version) => ({
      ...addPlainImage(server, { os: "windows", "os.version": version }),
      platform: { os: "windows", architecture: "amd64", "os.version": version },
    }));
    const { digest } = addIndex(server, lines, "1");
    const name = `${server.host}/from:1`;
    await pullImage({ name, root, environment, allPlatforms: true });
    const ids = await Promise.all(versions.map((one) => idOf(root, name, `windows(${one})/amd64`)));
    assert.equal(new Set(ids).size, 3);
    assert.equal(await idOf(root, name, "windows/amd64"), ids[2]);
    assert.equal(await idOf(root, name, "windows(10.0.17763)/amd64"), ids[0]);
    const one = await pullImage({ name, root: `${root}/one`, environment, platform: "windows/amd64" });
    assert.equal(one.imageId, ids[2]);
    await tagImage({ root, source: name, target: `${server.host}/to:1` });
    assert.equal((await pushImage({ name: `${server.host}/to:1`, root, environment }))[0]?.digest, digest);
  }));

test("a name whose image is lost says so, and can be removed", () =>
  inFolder(async (root) => {
    await using server = await startRegistry();
    severalImages(server);
    const name = `${server.host}/from:1`;
    await pullImage({ name, root, environment, allPlatforms: true });
    const store = await openStore(root);
    const arm = await idOf(root, name, "linux/arm64");
    await store.images.remove(arm);
    const lost = { code: "integrity-store", message: /it has the name .*\/from:1, but .* lost/ };
    await assert.rejects(pushImage({ name, root, environment }), lost);
    await assert.rejects(
      saveImages({ images: [name], root, format: "oci-archive", output: join(root, "x") }),
      lost,
    );
    await store.images.remove(await idOf(root, name, "linux/amd64"));
    await assert.rejects(inspectImage({ root, image: name }), lost);
    await assert.rejects(tagImage({ root, source: name, target: "other" }), lost);
    await assert.rejects(saveImages({ images: [name], root, output: join(root, "x") }), lost);
    const { untagged, failures } = await removeImages({ root, names: [name] });
    assert.deepEqual([untagged, failures], [[name], []]);
    assert.deepEqual(await store.images.names(), []);
  }));

test("an index that lies is refused, and the name leads nowhere; two images for one platform are not a lie", () =>
  inFolder(async (root) => {
    await using server = await startRegistry();
    const [one, other] = [addPlainImage(server, { variant: "v1" }), addPlainImage(server, {})];
    const line = { ...one, platform: { os: "linux", architecture: "amd64" } };
    const name = `${server.host}/from:1`;
    const pull = () => pullImage({ name, root, environment, allPlatforms: true });
    const lies: readonly (readonly [lines: readonly object[], message: RegExp])[] = [
      [[{ ...line, size: 1 }], /says that sha256:\w+ has 1 bytes, which has \d+/],
      [[{ ...line, platform: { os: 1, architecture: [] } }], /something that is no descriptor/],
      [
        [{ ...line, platform: { os: "linux/../..", architecture: "amd64" } }],
        /something that is no descriptor/,
      ],
      [[{ ...line, annotations: { key: {} } }], /something that is no descriptor/],
      [[{ ...line, mediaType: MEDIA_TYPE.index }], /something that is no descriptor/],
      [[JSON.parse('{"__proto__":1}')], /has the key "__proto__"/],
      [Array.from({ length: 1001 }, () => line), /more than 1000 manifests/],
    ];
    for (const [lines, message] of lies) {
      addIndex(server, lines, "1");
      await assert.rejects(pull(), { code: "integrity-archive", message });
    }
    assert.deepEqual(await (await openStore(root)).images.names(), []);
    const { digest } = addIndex(server, [line, { ...line, ...other }], "1");
    await pull();
    const first = await idOf(root, name, "linux/amd64");
    const output = join(root, "layout");
    await saveImages({ images: [name], root, format: "oci-dir", output });
    const again = join(root, "again");
    await loadImages({ root: again, source: { path: output } });
    assert.equal(await idOf(again, name, "linux/amd64"), first);
    const { manifests } = JSON.parse(readFileSync(join(output, "index.json"), "utf8"));
    assert.equal(manifests[0].digest, digest);
    assert.equal((await listImages({ root: again }))[0]?.platforms?.length, 2);
  }));
