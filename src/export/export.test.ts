import assert from "node:assert/strict";
import { lstatSync, readlinkSync } from "node:fs";
import { open, readdir, readFile, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Writable } from "node:stream";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { readTar } from "../archive/index.ts";
import { O_TMPFILE, sha256 } from "../base/index.ts";
import { findReferrers, openOciLayout, readArchive } from "../layout/index.ts";
import { canonicalName, MEDIA_TYPE } from "../oci/index.ts";
import type { StoredLayer } from "../store/index.ts";
import { exportImage, exportImages } from "./export-image.ts";
import {
  BASE,
  bytesOf,
  imageOf,
  inTemp,
  layerOf,
  memoryBlobs,
  rejects,
  SIGNAL,
  streamOf,
  TOP,
} from "./fixtures.ts";

test("oci compresses the layers by gzip, docker does not, and both are the same image", () =>
  inTemp(async (folder) => {
    const blobs = memoryBlobs();
    const image = imageOf([layerOf(blobs, BASE), layerOf(blobs, TOP, "tar"), layerOf(blobs, BASE)]);
    for (const type of ["oci", "docker"] as const) {
      const dest = join(folder, "new", `${type}.tar`);
      const descriptor = await exportImage(image, { type, dest, blobs }, SIGNAL);
      const members = new Map<string, Buffer>();
      for await (const { header, content } of readTar(streamOf(await readFile(dest))))
        members.set(header.name, await bytesOf(content()));
      const manifest = JSON.parse(String(members.get(`blobs/sha256/${descriptor?.digest.slice(7)}`)));
      const diffIds = await Promise.all(image.layers.map((layer) => layer.diffId()));
      assert.equal(manifest.config.digest, sha256(image.config(diffIds)));
      const expected = type === "oci" ? MEDIA_TYPE.layerGzip : MEDIA_TYPE.layerTar;
      for (const [number, layer] of manifest.layers.entries()) {
        const bytes = members.get(`blobs/sha256/${layer.digest.slice(7)}`) as Buffer;
        assert.equal(layer.mediaType, expected);
        assert.equal(layer.size, bytes.length);
        const tar = type === "oci" ? gunzipSync(bytes) : bytes;
        assert.equal(sha256(tar), await image.layers[number]?.diffId());
      }
      assert.equal(members.has("manifest.json"), type === "docker");
      assert.deepEqual(
        (await readdir(join(folder, "new"))).filter((name) => name.startsWith(".")),
        [],
      );
    }
  }));

test("documents about an image go into an OCI layout, beside the same image, and nowhere else", () =>
  inTemp(async (folder) => {
    const blobs = memoryBlobs();
    const plain = imageOf([layerOf(blobs, BASE)]);
    const artifactType = "application/vnd.cyclonedx+json";
    const document = { artifactType, bytes: Buffer.from("{}\n"), title: "calc.cdx.json" };
    const image = { ...plain, attachments: [document] };
    for (const type of ["oci", "docker", "tar"] as const) {
      const request = { type, dest: join(folder, type), tar: false, blobs } as const;
      const descriptor = await exportImage(image, request, SIGNAL);
      const again = await exportImage(plain, { ...request, dest: join(folder, `${type}-plain`) }, SIGNAL);
      assert.deepEqual(descriptor, again);
      if (type === "tar") continue;
      const reader = await openOciLayout(request.dest);
      const found = await findReferrers(reader, { subject: descriptor?.digest ?? sha256("") });
      assert.deepEqual(
        found.map((referrer) => [referrer.artifactType, referrer.layers[0]?.digest]),
        type === "oci" ? [[artifactType, sha256(document.bytes)]] : [],
      );
    }
  }));

test("a level given compresses anew, and a folder is a layout too", () =>
  inTemp(async (folder) => {
    const blobs = memoryBlobs();
    const image = imageOf([layerOf(blobs, [{ path: "f", text: "a".repeat(5000) }])]);
    const request = {
      type: "oci",
      dest: join(folder, "out"),
      tar: false,
      compressionLevel: 0,
      blobs,
    } as const;
    await exportImage(image, request, SIGNAL);
    assert.ok([...blobs.all.values()].some((bytes) => bytes.length > 5000));
    assert.deepEqual((await readdir(request.dest)).sort(), ["blobs", "index.json", "oci-layout"]);
    const file = join(request.dest, "oci-layout");
    await rejects(exportImage(image, { ...request, dest: file }, SIGNAL), "user-conflict");
  }));

test("several images are one layout, and what they share is there once", () =>
  inTemp(async (folder) => {
    const blobs = memoryBlobs();
    const [base, top] = [layerOf(blobs, BASE), layerOf(blobs, TOP)];
    const images = [
      imageOf([base], ["calc:1"]),
      imageOf([base, top], ["calc:2", "other"]),
      imageOf([top], []),
    ];
    const request = { type: "docker", dest: join(folder, "all.tar"), blobs } as const;
    await exportImages(images, request, SIGNAL);
    const names: string[] = [];
    for await (const { header } of readTar(streamOf(await readFile(request.dest)))) names.push(header.name);
    assert.equal(new Set(names).size, names.length);
    const read = await readArchive(request.dest, { platform: { os: "linux", architecture: "amd64" } });
    assert.deepEqual(
      read.map(({ layers, names: own }) => [layers.length, own.map(canonicalName)]),
      [
        [1, ["docker.io/library/calc:1"]],
        [2, ["docker.io/library/calc:2", "docker.io/library/other:latest"]],
        [1, []],
      ],
    );
  }));

test("what a killed writer has left beside a file goes when that is written again, and nobody else's does", () =>
  inTemp(async (folder) => {
    const blobs = memoryBlobs();
    const [left, young, other] = ["a", "b", "c"].map((letter) => letter.repeat(26));
    const names = [`.out.tar.${left}`, `.out.tar.${young}`, `.out.${other}`, ".out.tar.txt"];
    const old = new Date(Date.now() - 7_200_000);
    for (const name of names) await writeFile(join(folder, name), "draft");
    for (const name of names) if (name !== names[1]) await utimes(join(folder, name), old, old);
    const request = { type: "docker", dest: join(folder, "out.tar"), blobs } as const;
    await exportImage(imageOf([layerOf(blobs, BASE)]), request, SIGNAL);
    assert.deepEqual((await readdir(folder)).sort(), [...names.slice(1), "out.tar"].sort());
  }));

test("a file that is being written has no name, so nothing is left of it when its writer is killed", (t) =>
  inTemp(async (folder) => {
    const probe = await open(folder, O_TMPFILE).catch(() => undefined);
    await probe?.close();
    if (!probe) return t.skip("this file system has no files without a name");
    const blobs = memoryBlobs();
    const good = layerOf(blobs, BASE);
    const seen: string[] = [];
    async function* read(entry: Parameters<typeof good.read>[0]) {
      seen.push(...(await readdir(folder)));
      yield* good.read(entry);
    }
    const request = { type: "tar", dest: join(folder, "out.tar"), blobs } as const;
    await exportImage(imageOf([{ ...good, read }]), request, SIGNAL);
    assert.deepEqual([seen, await readdir(folder)], [[], ["out.tar"]]);
    await exportImage(imageOf([{ ...good, read }]), request, SIGNAL);
    assert.deepEqual([new Set(seen), await readdir(folder)], [new Set(["out.tar"]), ["out.tar"]]);
  }));

test("a failure leaves the old file and nothing else", () =>
  inTemp(async (folder) => {
    const blobs = memoryBlobs();
    const good = layerOf(blobs, BASE);
    const longer = layerOf(blobs, [...BASE, { path: "more" }]);
    const changed = { ...good, tar: () => longer.tar() };
    const broken = { ...good, read: () => streamOf(Buffer.from("another length")) };
    const dest = join(folder, "out.tar");
    await writeFile(dest, "old");
    await rejects(
      exportImage(imageOf([changed]), { type: "docker", dest, blobs }, SIGNAL),
      "integrity-archive",
    );
    await rejects(exportImage(imageOf([broken]), { type: "tar", dest, blobs }, SIGNAL), "integrity-archive");
    await rejects(
      exportImage(imageOf([good]), { type: "tar", dest, blobs }, AbortSignal.abort()),
      "user-cancelled",
    );
    assert.equal(await readFile(dest, "utf8"), "old");
    assert.deepEqual(await readdir(folder), ["out.tar"]);
  }));

test("a file, which is written in one pass, has the bytes that a pipe has, and large layers are read once", () =>
  inTemp(async (folder) => {
    const blobs = memoryBlobs();
    const large = (path: string) => layerOf(blobs, [{ path, text: path.repeat(2_000_000) }]);
    const [one, two, small] = [large("1"), large("2"), layerOf(blobs, BASE)];
    const same = { ...one, id: "another layer with the same bytes" };
    const images = {
      "one large layer": [one],
      "layers of every kind": [small, one, layerOf(blobs, TOP, "tar"), two, one, small, layerOf(blobs, [])],
      "two layers that turn out to be the same": [small, one, two, same],
    };
    for (const [name, layers] of Object.entries(images))
      for (const type of ["docker", "oci"] as const) {
        const reads = new Map<string, number>();
        const counted = imageOf(layers.map((layer) => counting(layer, reads)));
        const dest = join(folder, "out.tar");
        const request = { type, compression: "uncompressed", blobs } as const;
        const inFile = await exportImage(counted, { ...request, dest }, SIGNAL);
        const { stdout, written } = collecting();
        const inPipe = await exportImage(imageOf(layers), { ...request, dest: "-", stdout }, SIGNAL);
        assert.deepEqual(inFile, inPipe, name);
        assert.ok((await readFile(dest)).equals(written()), name);
        const most = Math.max(...[one, two].map(({ id }) => reads.get(id) ?? 0));
        assert.equal(most, layers.includes(same) ? 2 : 1, name);
      }
  }));

/** A layer of the store: its digest costs a reading, unless there was one already. */
function counting(layer: StoredLayer, reads: Map<string, number>): StoredLayer {
  async function* tar(): AsyncGenerator<Uint8Array> {
    reads.set(layer.id, (reads.get(layer.id) ?? 0) + 1);
    yield* layer.tar();
  }
  return {
    ...layer,
    tar,
    diffId: async () => {
      if (!reads.has(layer.id)) await bytesOf(tar());
      return layer.diffId();
    },
  };
}

function collecting(): { readonly stdout: Writable; readonly written: () => Buffer } {
  const written: Buffer[] = [];
  const stdout = new Writable({
    write: (chunk, _, done) => {
      written.push(Buffer.from(chunk));
      done();
    },
  });
  return { stdout, written: () => Buffer.concat(written) };
}

test("the destination may be a link to a file, a pipe or standard output, but no folder", () =>
  inTemp(async (folder) => {
    const blobs = memoryBlobs();
    const image = imageOf([layerOf(blobs, BASE)]);
    const [dest, link] = [join(folder, "real.tar"), join(folder, "link.tar")];
    await exportImage(image, { type: "tar", dest, blobs }, SIGNAL);
    const expected = await readFile(dest);
    await symlink("real.tar", link);
    await writeFile(dest, "");
    await exportImage(image, { type: "tar", dest: link, blobs }, SIGNAL);
    assert.equal(readlinkSync(link), "real.tar");
    assert.ok(expected.equals(await readFile(dest)));
    await exportImage(image, { type: "tar", dest: "/dev/null", blobs }, SIGNAL);
    assert.ok(lstatSync("/dev/null").isCharacterDevice());
    const { stdout, written } = collecting();
    await exportImage(image, { type: "tar", dest: "-", stdout, blobs }, SIGNAL);
    assert.ok(expected.equals(written()));
    await rejects(exportImage(image, { type: "tar", dest: folder, blobs }, SIGNAL), "user-conflict");
    for (const wrong of [
      { type: "local", dest: "-" },
      { type: "local" },
      { type: "oci", tar: false },
      { type: "tar", dest: "" },
    ] as const)
      await rejects(exportImage(image, { ...wrong, blobs }, SIGNAL), "user-bad-flag");
    assert.equal(await exportImage(image, { type: "image", blobs }, SIGNAL), undefined);
    await rejects(exportImage(image, { type: "tar", dest: "-", blobs }, SIGNAL), "user-bad-flag");
    await rejects(
      exportImage(image, { type: "tar", dest: join(dest, "below"), blobs }, SIGNAL),
      "environment-disk",
    );
  }));

test("a reader that goes away or stalls ends the export with an error", async () => {
  const blobs = memoryBlobs();
  const image = imageOf([layerOf(blobs, BASE)]);
  const closed = new Writable({ write: (_chunk, _encoding, done) => done(new Error("EPIPE")) });
  await rejects(
    exportImage(image, { type: "tar", dest: "-", stdout: closed, blobs }, SIGNAL),
    "environment-disk",
  );
  const stalled = new Writable({ write: () => undefined });
  const controller = new AbortController();
  const running = exportImage(image, { type: "tar", dest: "-", stdout: stalled, blobs }, controller.signal);
  setImmediate(() => controller.abort());
  await rejects(running, "user-cancelled");
});
