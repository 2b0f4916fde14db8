import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readTar } from "../archive/index.ts";
import { readArchive } from "../layout/index.ts";
import { canonicalName, type Descriptor, type Platform } from "../oci/index.ts";
import { exportImage } from "./export-image.ts";
import { imageOf, inTemp, layerOf, memoryBlobs, rejects, SIGNAL, streamOf } from "./fixtures.ts";
import type { ExportIndex } from "./types.ts";

type Blobs = ReturnType<typeof memoryBlobs>;

/** Images with one file for each platform, of these names. */
function indexOf(blobs: Blobs, files: Readonly<Record<string, string>>): ExportIndex {
  const images = Object.entries(files).map(([architecture, path]) => {
    const image = imageOf([layerOf(blobs, [{ path, text: architecture }])]);
    const config: typeof image.config = (diffIds) => {
      const own = JSON.parse(Buffer.from(image.config(diffIds)).toString()) as object;
      return Buffer.from(JSON.stringify({ ...own, architecture }));
    };
    return { ...image, config, platform: { os: "linux", architecture } };
  });
  return { images, names: ["docker.io/library/multi:1"] };
}

test("files of several platforms go into a folder for each, or into one when none has the other's", () =>
  inTemp(async (folder) => {
    const blobs = memoryBlobs();
    const different = indexOf(blobs, { amd64: "a", arm64: "b" });
    const request = { type: "local", dest: join(folder, "split"), blobs } as const;
    await exportImage(different, request, SIGNAL);
    assert.deepEqual(await readdir(request.dest), ["linux_amd64", "linux_arm64"]);
    assert.equal(await readFile(join(request.dest, "linux_arm64/b"), "utf8"), "arm64");
    const merged = { ...request, dest: join(folder, "merged"), platformSplit: false };
    await exportImage(different, merged, SIGNAL);
    assert.deepEqual(await readdir(merged.dest), ["a", "b"]);
    const same = indexOf(blobs, { amd64: "a", arm64: "a" });
    await rejects(exportImage(same, { ...merged, dest: join(folder, "never") }, SIGNAL), "user-conflict");
    assert.deepEqual((await readdir(folder)).sort(), ["merged", "split"]);
  }));

test("a tar has the same folders", () =>
  inTemp(async (folder) => {
    const blobs = memoryBlobs();
    const index = indexOf(blobs, { amd64: "a", arm64: "a" });
    const dest = join(folder, "root.tar");
    await exportImage(index, { type: "tar", dest, blobs }, SIGNAL);
    const found: string[] = [];
    for await (const { header } of readTar(streamOf(await readFile(dest)))) found.push(header.name);
    assert.deepEqual(
      found.map((name) => name.replace(/\/$/, "")),
      ["linux_amd64", "linux_amd64/a", "linux_arm64", "linux_arm64/a"],
    );
  }));

test("a layout has the index by its name, and every image and annotation in its place", () =>
  inTemp(async (folder) => {
    const blobs = memoryBlobs();
    const arm: Platform = { os: "linux", architecture: "arm64" };
    const annotated: ExportIndex = {
      ...indexOf(blobs, { amd64: "a", arm64: "b" }),
      annotations: [
        { on: "index", key: "i", value: "1" },
        { on: "index-descriptor", key: "id", value: "2" },
        { on: "manifest", key: "m", value: "3" },
        { on: "manifest-descriptor", platform: arm, key: "md", value: "4" },
      ],
    };
    const dest = join(folder, "layout");
    const request = { type: "oci", dest, tar: false, blobs } as const;
    const descriptor = await exportImage(annotated, request, SIGNAL);
    const json = async (path: string) => JSON.parse(await readFile(join(dest, path), "utf8"));
    const blob = ({ digest }: Pick<Descriptor, "digest">) => json(`blobs/sha256/${digest.slice(7)}`);
    const [line, ...more] = (await json("index.json")).manifests;
    assert.deepEqual([line.digest, line.annotations.id, more], [descriptor?.digest, "2", []]);
    const index = await blob(line);
    assert.deepEqual(index.annotations, { i: "1" });
    assert.deepEqual(
      index.manifests.map(({ platform, annotations }: Descriptor) => [platform?.architecture, annotations]),
      [
        ["amd64", undefined],
        ["arm64", { md: "4" }],
      ],
    );
    for (const one of index.manifests) assert.deepEqual((await blob(one)).annotations, { m: "3" });
    const read = await readArchive(dest, { platform: arm });
    assert.deepEqual(
      read.map(({ names }) => names.map(canonicalName)),
      [["docker.io/library/multi:1"], ["docker.io/library/multi:1"]],
    );
    await rejects(exportImage(annotated, { ...request, type: "docker" }, SIGNAL), "user-unsupported");
  }));
