import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readTar } from "../archive/index.ts";
import { collectBytes, sha256, TareError } from "../base/index.ts";
import { blobPath } from "./blob.ts";
import { describeLayout, describeLayouts } from "./describe.ts";
import { imageOf, inTemp, layerTar, missing, PLATFORM, SIGNAL } from "./fixtures.ts";
import { writeLayoutFolder } from "./folder.ts";
import type { LayoutBlob, LayoutLayer } from "./image.ts";
import { readArchive } from "./open-archive.ts";
import { openOciLayout } from "./reader.ts";
import { selectImage } from "./select.ts";
import { layoutTar } from "./tar.ts";

const TARS = [layerTar("etc/one", "first\n"), layerTar("etc/two", "second\n")];
const NAMED = imageOf(TARS, { names: ["calc:1.0", "registry.example.com/team/calc"] });

test("the same image is the same tar, and holds each blob once under its digest", async () => {
  const twice = imageOf([TARS[0] as Buffer, TARS[0] as Buffer]);
  const layout = describeLayout(twice, { docker: true });
  const bytes = await collectBytes(layoutTar(layout, SIGNAL));
  assert.ok(bytes.equals(await collectBytes(layoutTar(describeLayout(twice, { docker: true }), SIGNAL))));
  const names: string[] = [];
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield bytes;
  }
  for await (const { header, content } of readTar(whole())) {
    names.push(header.name);
    if (header.size > 0 && header.name.startsWith("blobs/"))
      assert.equal(blobPath(sha256(await collectBytes(content()))), header.name);
  }
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(names.slice(0, 5), [
    "oci-layout",
    "index.json",
    "manifest.json",
    "blobs/",
    "blobs/sha256/",
  ]);
  assert.equal(names.length, 5 + 3);
});

test("index and docker manifest have the names in the forms that their readers look for", () => {
  const layout = describeLayout(NAMED, { docker: true });
  assert.deepEqual(
    layout.index.manifests.map((line) => line.annotations),
    [
      {
        "io.containerd.image.name": "docker.io/library/calc:1.0",
        "org.opencontainers.image.ref.name": "1.0",
      },
      {
        "io.containerd.image.name": "registry.example.com/team/calc:latest",
        "org.opencontainers.image.ref.name": "latest",
      },
    ],
  );
  const [docker] = JSON.parse(Buffer.from(layout.dockerManifest as Uint8Array).toString());
  assert.deepEqual(docker.RepoTags, ["calc:1.0", "registry.example.com/team/calc:latest"]);
  assert.deepEqual(
    docker.Layers,
    TARS.map((tar) => blobPath(sha256(tar))),
  );
});

test("a blob that is shorter or longer than its size says is an error, not a broken archive", async () => {
  for (const size of [1, 100_000]) {
    const wrong = { ...NAMED, layers: NAMED.layers.map((layer) => ({ ...layer, size })) };
    await assert.rejects(
      collectBytes(layoutTar(describeLayout(wrong), SIGNAL)),
      (error) => error instanceof TareError && error.code === "integrity-archive",
    );
  }
});

test("a cancelled write ends as cancelled", async () => {
  await assert.rejects(
    collectBytes(layoutTar(describeLayout(NAMED), AbortSignal.abort())),
    (error) => error instanceof TareError && error.code === "user-cancelled",
  );
});

test("what is written as a folder or as a tar is read back the same", () =>
  inTemp(async (folder) => {
    const layout = describeLayout(NAMED);
    await writeLayoutFolder(join(folder, "dir"), layout, SIGNAL);
    await writeFile(join(folder, "file.tar"), await collectBytes(layoutTar(layout, SIGNAL)));
    for (const path of [join(folder, "dir"), join(folder, "file.tar")])
      for (const name of ["1.0", "docker.io/library/calc:1.0", layout.descriptor.digest, undefined]) {
        const reader = await openOciLayout(path);
        const image = await selectImage(reader, { ...(name !== undefined && { name }), platform: PLATFORM });
        assert.deepEqual(Buffer.from(image.config), NAMED.config);
        assert.equal(sha256(image.manifest), layout.descriptor.digest);
        const [first] = image.layers;
        assert.ok(first && (await collectBytes(reader.blob(first))).equals(TARS[0] as Buffer));
      }
  }));

test("a second image joins the first in a folder, and one of the same name takes its place", () =>
  inTemp(async (folder) => {
    const other = imageOf([TARS[1] as Buffer], { names: ["other:1"] });
    const newer = imageOf([TARS[1] as Buffer, TARS[0] as Buffer], { names: ["calc:1.0"] });
    for (const image of [NAMED, other, newer]) await writeLayoutFolder(folder, describeLayout(image), SIGNAL);
    const index = JSON.parse(await readFile(join(folder, "index.json"), "utf8"));
    assert.equal(index.manifests.length, 3);
    const found = await selectImage(await openOciLayout(folder), { name: "1.0", platform: PLATFORM });
    assert.deepEqual(Buffer.from(found.config), newer.config);
    assert.deepEqual(
      (await readdir(join(folder, "blobs", "sha256"))).filter((name) => name.length !== 64),
      [],
    );
  }));

test("an image that somebody else puts into the folder meanwhile stays there", () =>
  inTemp(async (folder) => {
    const [other, layout] = [imageOf([TARS[1] as Buffer], { names: ["other:1"] }), describeLayout(NAMED)];
    const [first, ...rest] = layout.blobs as readonly [LayoutBlob, ...LayoutBlob[]];
    const slow = async function* () {
      await writeLayoutFolder(folder, describeLayout(other), SIGNAL);
      yield* first.bytes();
    };
    await writeLayoutFolder(folder, { ...layout, blobs: [{ ...first, bytes: slow }, ...rest] }, SIGNAL);
    const index = JSON.parse(await readFile(join(folder, "index.json"), "utf8"));
    assert.equal(index.manifests.length, layout.index.manifests.length + 1);
  }));

test("images that several put into a folder at once are all there", () =>
  inTemp(async (folder) => {
    const names = Array.from({ length: 12 }, (_, at) => `calc:${at}`);
    const layouts = names.map((name) => describeLayout(imageOf(TARS, { names: [name] })));
    await Promise.all(layouts.map((layout) => writeLayoutFolder(folder, layout, SIGNAL)));
    const index = JSON.parse(await readFile(join(folder, "index.json"), "utf8"));
    assert.equal(index.manifests.length, names.length);
  }));

test("a folder whose index.json is something else is left alone", () =>
  inTemp(async (folder) => {
    await writeFile(join(folder, "index.json"), "[]");
    await assert.rejects(
      writeLayoutFolder(folder, describeLayout(NAMED), SIGNAL),
      (error) => error instanceof TareError && error.code === "user-conflict",
    );
    assert.deepEqual(await readdir(folder), ["index.json"]);
  }));

test("a file where the folder should be is left alone", () =>
  inTemp(async (folder) => {
    const file = join(folder, "file");
    await writeFile(file, "mine");
    await assert.rejects(writeLayoutFolder(file, describeLayout(NAMED), SIGNAL), { code: "user-conflict" });
    assert.equal(await readFile(file, "utf8"), "mine");
  }));

test("what is no layout, lacks a blob, has a damaged one, or a pipe for one is refused with the reason", () =>
  inTemp(async (folder) => {
    const rejects = (promise: Promise<unknown>, code: string): Promise<void> =>
      assert.rejects(promise, (error) => error instanceof TareError && error.code === code);
    await rejects(openOciLayout(join(folder, "nothing")), "resolve-path");
    await rejects(openOciLayout(folder), "integrity-archive");
    await writeLayoutFolder(folder, describeLayout(NAMED), SIGNAL);
    const reader = await openOciLayout(folder);
    await rejects(selectImage(reader, { name: "2.0", platform: PLATFORM }), "resolve-image");
    await rejects(
      selectImage(reader, { name: "1.0", platform: { os: "linux", architecture: "arm64" } }),
      "resolve-image",
    );
    const layer = NAMED.layers[0] as LayoutLayer;
    for (const [size, code] of [
      [layer.size - 1, "integrity-archive"],
      [layer.size, "integrity-digest"],
      [layer.size + 1, "integrity-archive"],
    ] as const) {
      await writeFile(join(folder, blobPath(layer.digest)), Buffer.alloc(size));
      await rejects(collectBytes(reader.blob(layer)), code);
    }
    await rm(join(folder, blobPath(layer.digest)));
    await rejects(collectBytes(reader.blob(layer)), "integrity-archive");
    execFileSync("mkfifo", [join(folder, blobPath(layer.digest))]);
    await rejects(collectBytes(reader.blob(layer)), "integrity-archive");
    for (const text of ["", "nonsense", "[]", '{"manifests":3}', '{"manifests":[{"digest":"x"}]}', "null"]) {
      await writeFile(join(folder, "index.json"), text);
      await rejects(selectImage(reader, { platform: PLATFORM }), "integrity-archive");
    }
  }));

test("skopeo reads every form", { skip: missing("skopeo", "--version") }, () =>
  inTemp(async (folder) => {
    for (const gzip of [false, true]) {
      const image = imageOf(TARS, { gzip, names: ["calc:1.0"] });
      const layout = describeLayout(image, { docker: true });
      const dir = join(folder, `dir-${gzip}`);
      const file = join(folder, `file-${gzip}.tar`);
      await writeLayoutFolder(dir, layout, SIGNAL);
      await writeFile(file, await collectBytes(layoutTar(layout, SIGNAL)));
      for (const source of [`oci:${dir}:1.0`, `oci-archive:${file}:1.0`, `docker-archive:${file}:calc:1.0`]) {
        const output = execFileSync("skopeo", ["inspect", source], { encoding: "utf8" });
        assert.equal(JSON.parse(output).Layers.length, 2, source);
        // A copy reads, hashes and decompresses every layer.
        execFileSync("skopeo", ["copy", "-q", "--insecure-policy", source, `dir:${join(folder, "copy")}`]);
      }
    }
  }),
);

test("umoci unpacks the folder", { skip: missing("umoci", "--version") }, () =>
  inTemp(async (folder) => {
    for (const gzip of [false, true]) {
      const dir = join(folder, `dir-${gzip}`);
      const bundle = join(folder, `bundle-${gzip}`);
      await writeLayoutFolder(dir, describeLayout(imageOf(TARS, { gzip, names: ["calc:1.0"] })), SIGNAL);
      execFileSync("umoci", ["unpack", "--rootless", "--image", `${dir}:1.0`, bundle], { stdio: "pipe" });
      assert.equal(await readFile(join(bundle, "rootfs/etc/one"), "utf8"), "first\n");
      assert.equal(await readFile(join(bundle, "rootfs/etc/two"), "utf8"), "second\n");
    }
  }),
);

test("documents about the images of a layout are read once for all of them", () =>
  inTemp(async (folder) => {
    const images = TARS.map((tar, at) => imageOf([tar], { names: [`calc:${at}`] }));
    await writeLayoutFolder(folder, describeLayouts(images), SIGNAL);
    const [one, other] = await readArchive(folder, { platform: PLATFORM });
    assert.notEqual(one?.manifest, other?.manifest);
    assert.ok(one?.referrers);
    assert.equal(await one.referrers(), await other?.referrers?.());
  }));
