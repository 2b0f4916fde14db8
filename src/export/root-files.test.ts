import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readTar } from "../archive/index.ts";
import { decodeName } from "../base/index.ts";
import { exportImage } from "./export-image.ts";
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
import type { ExportNotice } from "./types.ts";

test("tar has the merged tree, sorted, with links kept and times clamped", () =>
  inTemp(async (folder) => {
    const blobs = memoryBlobs();
    const image = imageOf([layerOf(blobs, BASE), layerOf(blobs, TOP)]);
    const dest = join(folder, "root.tar");
    assert.equal(
      await exportImage(image, { type: "tar", dest, sourceDateEpoch: 3000, blobs }, SIGNAL),
      undefined,
    );
    const seen: string[] = [];
    for await (const { header, content } of readTar(streamOf(await readFile(dest)))) {
      const text = (await bytesOf(content())).toString();
      seen.push(
        `${header.type} ${header.name} ${header.mode.toString(8)} ${header.mtime} ${header.linkname}${text}`,
      );
    }
    assert.deepEqual(seen, [
      "dir bin/ 555 1000 ",
      "file bin/tool 4755 -5 tool",
      "hardlink bin/tool2 4755 -5 bin/tool",
      "dir dev/ 755 1000 ",
      "char dev/null 666 1000 ",
      "dir etc/ 750 3000 ",
      "symlink etc/link 644 1000 /etc/target",
      "file etc/new 644 3000 new",
      "file f\udcff 644 1000 odd",
      "dir run/ 755 1000 ",
      "fifo run/pipe 600 1000 ",
    ]);
    const listed = execFileSync("tar", ["-tf", dest], { encoding: "latin1" });
    assert.equal(listed.trim().split("\n").length, seen.length);
  }));

test("local writes the tree into a folder, with modes, links and times, and tells of devices", () =>
  inTemp(async (folder) => {
    const blobs = memoryBlobs();
    const image = imageOf([layerOf(blobs, BASE), layerOf(blobs, TOP)]);
    const notices: ExportNotice[] = [];
    const request = {
      type: "local",
      dest: join(folder, "out"),
      blobs,
      onNotice: (n: ExportNotice) => notices.push(n),
    } as const;
    // Twice, because the second time everything is there already.
    for (let time = 0; time < 2; time++) {
      await exportImage(image, { ...request, sourceDateEpoch: 3000 }, SIGNAL);
      const at = (name: string) => lstatSync(join(request.dest, name));
      assert.deepEqual(readdirSync(join(request.dest, "etc")).sort(), ["link", "new"]);
      assert.deepEqual(
        readdirSync(request.dest, { encoding: "buffer" })
          .map((name) => decodeName(name))
          .sort(),
        ["bin", "dev", "etc", "f\udcff", "run"],
      );
      assert.equal(at("bin").mode & 0o7777, 0o555);
      assert.equal(at("bin/tool").ino, at("bin/tool2").ino);
      assert.equal(at("bin/tool").mtimeMs, -5000);
      assert.equal(at("etc").mtimeMs, 3_000_000);
      assert.equal(at("etc/new").mtimeMs, 3_000_000);
      assert.equal(at("bin/tool").mode & 0o7777, userInfo().uid === 0 ? 0o4755 : 0o755);
      assert.equal(at("bin/tool").uid, userInfo().uid);
      assert.equal(readlinkSync(join(request.dest, "etc/link")), "/etc/target");
      assert.equal(at("etc/link").mtimeMs, 1_000_000);
      assert.ok(at("run/pipe").isFIFO());
    }
    assert.equal(notices.length, 2);
    assert.match(notices[0]?.message ?? "", /\/dev\/null/);
    await chmod(join(request.dest, "bin"), 0o755);
  }));

test("local never leaves the folder: links that are there or in the image are not followed", () =>
  inTemp(async (folder) => {
    const blobs = memoryBlobs();
    const victim = join(folder, "victim");
    await mkdir(victim);
    await writeFile(join(victim, "file"), "safe");
    const { mode } = await stat(victim);
    const dest = join(folder, "out");
    await mkdir(dest);
    symlinkSync(victim, join(dest, "dir"));
    symlinkSync(join(victim, "file"), join(dest, "file"));
    const image = imageOf([
      layerOf(blobs, [{ path: "sub", kind: "symlink", link: victim }]),
      layerOf(blobs, [
        { path: "dir", kind: "dir", mode: 0o700 },
        { path: "dir/file", text: "mine" },
        { path: "file", text: "mine" },
        { path: "sub", kind: "dir", mode: 0o755 },
        { path: "sub/file", text: "mine" },
      ]),
    ]);
    await exportImage(image, { type: "local", dest, blobs }, SIGNAL);
    assert.equal(await readFile(join(victim, "file"), "utf8"), "safe");
    assert.deepEqual(await readdir(victim), ["file"]);
    assert.equal((await stat(victim)).mode, mode);
    for (const name of ["dir/file", "file", "sub/file"])
      assert.equal(readFileSync(join(dest, name), "utf8"), "mine");
  }));

test("local refuses to remove a folder that has something in it, and keeps other files", () =>
  inTemp(async (folder) => {
    const blobs = memoryBlobs();
    const dest = join(folder, "out");
    await mkdir(join(dest, "a", "b"), { recursive: true });
    await mkdir(join(dest, "empty"));
    await writeFile(join(dest, "other"), "kept");
    const empty = imageOf([layerOf(blobs, [{ path: "empty", text: "file now" }])]);
    await exportImage(empty, { type: "local", dest, blobs }, SIGNAL);
    assert.equal(await readFile(join(dest, "empty"), "utf8"), "file now");
    assert.equal(await readFile(join(dest, "other"), "utf8"), "kept");
    const image = imageOf([layerOf(blobs, [{ path: "a", text: "file" }])]);
    await rejects(exportImage(image, { type: "local", dest, blobs }, SIGNAL), "user-conflict");
  }));
