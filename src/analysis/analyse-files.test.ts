import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { streamOf } from "../base/index.ts";
import { elfFilesIn } from "../elf/fixtures.ts";
import { type Entry, indexFromTar } from "../tree/index.ts";
import { analyseFiles } from "./analyse-files.ts";
import { analysisOf, layerOf } from "./fixtures.ts";
import { estimateCompressed } from "./layer-rows.ts";
import type { AnalysedFile, FileAnalysis } from "./types.ts";

function fileAt({ files }: FileAnalysis, path: string): AnalysedFile {
  const found = files.find((file) => file.path === path);
  assert.ok(found, path);
  return found;
}

/** The package that a path belongs to. */
function ownerOf(analysis: FileAnalysis, path: string): string | undefined {
  return analysis.packages[fileAt(analysis, path).package ?? -1]?.name;
}

const STATUS = [
  "Package: libc6",
  "Status: install ok installed",
  "Architecture: amd64",
  "Version: 2.36-9",
  "",
  "Package: bash",
  "Status: install ok installed",
  "Architecture: amd64",
  "Version: 5.2-1",
  "Depends: libc6",
  "",
].join("\n");

test("files of dpkg's packages are found through the links of a merged /usr, others belong to nobody", async () => {
  const analysis = await analysisOf({
    bin: { kind: "symlink", link: "usr/bin" },
    "usr/bin/bash": "0123456789",
    "usr/lib/libc.so.6": "01234",
    "usr/lib": { kind: "dir", mode: 0o755 },
    "opt/own": "0",
    "var/lib/dpkg/status": STATUS,
    "var/lib/dpkg/info/libc6:amd64.list": "/.\n/usr\n/usr/lib\n/usr/lib/libc.so.6\n",
    "var/lib/dpkg/info/bash.list": "/.\n/bin\n/bin/bash\n/bin/gone\n",
  });
  assert.equal(ownerOf(analysis, "usr/bin/bash"), "bash");
  assert.equal(ownerOf(analysis, "usr/lib/libc.so.6"), "libc6");
  assert.equal(ownerOf(analysis, "opt/own"), undefined);
  assert.equal(ownerOf(analysis, "usr/lib"), undefined);
  const [bash, libc] = analysis.packages;
  assert.deepEqual([bash?.name, bash?.dependencies, bash?.files], ["bash", [1], 2]);
  assert.equal(libc?.size, 5 + "/.\n/usr\n/usr/lib\n/usr/lib/libc.so.6\n".length);
});

test("of a package of Node.js all files are its own, but for those of packages in it", async () => {
  const analysis = await analysisOf({
    "app/index.js": "0",
    "app/node_modules/a/package.json": '{"name":"a","version":"1.0.0"}',
    "app/node_modules/a/lib/a.js": "0",
    "app/node_modules/a/node_modules/b/package.json": '{"name":"b","version":"1.0.0"}',
    "app/node_modules/a/node_modules/b/b.js": "0",
  });
  assert.equal(ownerOf(analysis, "app/index.js"), undefined);
  assert.equal(ownerOf(analysis, "app/node_modules/a/lib/a.js"), "a");
  assert.equal(ownerOf(analysis, "app/node_modules/a/node_modules/b/b.js"), "b");
});

test("what later layers replace or remove is named with the layer that does so", async () => {
  const analysis = await analysisOf(
    {
      "a/kept": "1",
      "a/gone": "22",
      "b/x/deep": "333",
      "c/over": "4444",
      "d/old": "55555",
      empty: "",
      first: "666666",
      second: { kind: "hardlink", link: "first", size: 0 },
    },
    {
      "a/gone": { kind: "whiteout" },
      b: { kind: "whiteout" },
      "c/over": "new",
      "d/.wh..wh..opq": { kind: "opaque" },
      empty: { kind: "whiteout" },
      first: { kind: "whiteout" },
    },
    { second: "replaced" },
  );
  assert.deepEqual(
    analysis.hidden.map(({ path, how, layer, by }) => `${path} ${how} ${layer} ${by}`),
    [
      "first removed 0 1",
      "d/old removed 0 1",
      "c/over replaced 0 1",
      "b/x/deep removed 0 1",
      "a/gone removed 0 1",
    ],
  );
  assert.equal(analysis.totals.hidden, 20);
  assert.equal(analysis.totals.size, analysis.totals.visible + analysis.totals.hidden);
  assert.deepEqual(
    analysis.layers.map(({ hidden }) => hidden),
    [20, 0, 0],
  );
});

test("a file with two names counts once, two files of one content are duplicates", async () => {
  const analysis = await analysisOf({
    a: "same",
    b: { kind: "hardlink", link: "a" },
    c: "same",
    d: "diff",
  });
  assert.deepEqual(analysis.duplicates, [{ size: 4, paths: ["a", "c"] }]);
  const { kind, size, link } = fileAt(analysis, "b");
  assert.deepEqual({ kind, size, link }, { kind: "hardlink", size: 0, link: "a" });
  assert.equal(analysis.totals.visible, 12);
  assert.equal(analysis.totals.files, 4);
});

test("files and sizes are those that tar lists", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tare-analysis-"));
  try {
    writeFileSync(join(folder, "one"), "content");
    writeFileSync(join(folder, "two"), "content and more");
    linkSync(join(folder, "one"), join(folder, "three"));
    symlinkSync("one", join(folder, "link"));
    mkdirSync(join(folder, "folder"));
    const bytes = execFileSync("tar", ["-C", folder, "-cf", "-", "."]);
    const list = execFileSync("tar", ["-tvf", "-"], { input: bytes, encoding: "utf8" }).trim().split("\n");
    const index = await indexFromTar(streamOf(bytes), { whiteouts: true });
    const layer = {
      id: "tar",
      index,
      read: ({ offset = 0 }: Entry, start: number, length: number) =>
        bytes.subarray(offset + start, offset + start + length),
    };
    const { files } = await analyseFiles([layer], new AbortController().signal);
    const kinds = { "-": "file", h: "hardlink", l: "symlink", d: "dir" } as const;
    const rows = list.map((line) => {
      const [mode = "", , size = "", , , path = ""] = line.split(/\s+/);
      return [path.replace(/^\.\/|\/$/g, ""), kinds[mode[0] as "h"], Number(size)];
    });
    // Which of a file's names is the file is for each to choose.
    const told = files.map(({ path, kind, size }) => [path, kind, size]);
    const sums = (all: readonly unknown[][]) =>
      ["file", "hardlink", "symlink", "dir"].map((kind) => {
        const those = all.filter((row) => row[1] === kind);
        return [those.length, those.reduce((sum, row) => sum + Number(row[2]), 0)];
      });
    assert.deepEqual(sums(told), sums(rows));
    assert.deepEqual(told.map(([path]) => path).sort(), rows.map(([path]) => path).sort());
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("programs, libraries and scripts are told by their content; executables are those that readelf calls so", async () => {
  const paths = elfFilesIn("/usr/bin").slice(0, 12);
  const analysis = await analysisOf({
    ...Object.fromEntries(paths.map((path) => [path.slice(1), { content: readFileSync(path), mode: 0o755 }])),
    script: { content: "#!/usr/bin/env -S python3 -u\n", mode: 0o755 },
    unstartable: "#!/bin/sh\n",
    torn: { content: "\x7fELF", mode: 0o755 },
  });
  const text = execFileSync("readelf", ["-hlW", ...paths], { encoding: "utf8" });
  const started = text.split(/^File: /m).filter((one) => /Type:\s+EXEC|INTERP/.test(one));
  assert.ok(started.length > 0);
  assert.equal(analysis.totals.executables, started.length + 1);
  assert.equal(fileAt(analysis, "script").program?.argument, "-S python3 -u");
  assert.equal(fileAt(analysis, "torn").program?.type, "damaged");
  assert.equal(fileAt(analysis, "unstartable").program?.type, "script");
});

test("file capabilities have names", async () => {
  const ping = Buffer.from("0100000200200000000000000000000000000000", "hex");
  const high = Buffer.from("0100000200000000000000008000000000000000", "hex");
  const analysis = await analysisOf({
    ping: { xattrs: { "security.capability": ping } },
    high: { xattrs: { "security.capability": high } },
    torn: { xattrs: { "security.capability": Buffer.from("01") } },
  });
  assert.deepEqual(fileAt(analysis, "ping").capabilities, ["CAP_NET_RAW"]);
  assert.deepEqual(fileAt(analysis, "high").capabilities, ["CAP_BPF"]);
  assert.equal(fileAt(analysis, "torn").capabilities, undefined);
});

test("secrets are named and never kept, those that a layer hides too; what packages brought is public", async () => {
  const key = `-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----\n`;
  const token = `ghp_${"a1B2".repeat(9)}`;
  const analysis = await analysisOf(
    {
      "app/settings": `token=${token}`,
      "root/.netrc": "machine x",
      "gone.pem": key,
      "app/node_modules/a/package.json": '{"name":"a","version":"1.0.0"}',
      "app/node_modules/a/test/key.pem": key,
    },
    { "gone.pem": { kind: "whiteout" } },
  );
  assert.deepEqual(
    analysis.secrets.map(({ path, what, by, isHidden }) => [path, what, by, isHidden]),
    [
      ["app/settings", "a GitHub token", "content", false],
      ["gone.pem", "a private key", "content", true],
      ["root/.netrc", "passwords of servers", "name", false],
    ],
  );
  assert.ok(!JSON.stringify(analysis).includes(token));
});

test("users are those of passwd, with what their passwords are", async () => {
  const { users } = await analysisOf({
    "etc/passwd": [
      "root:x:0:0:root:/root:/bin/sh",
      "web:x:1000:1000::/:/usr/sbin/nologin",
      "old::7:7::/:/bin/gone",
      "nonsense",
    ].join("\n"),
    "etc/shadow": "root:$y$hash:1::::::\nweb:*:1::::::\n",
    "bin/sh": { content: "x", mode: 0o755 },
  });
  assert.deepEqual(
    users.map(({ name, uid, canLogin, password }) => [name, uid, canLogin, password]),
    [
      ["root", 0, true, "set"],
      ["web", 1000, false, "none"],
      ["old", 7, false, "empty"],
    ],
  );
});

test("the estimate of a compressed size is near to what gzip makes", async () => {
  const texts = Array.from(
    { length: 200 },
    (_, at) => `${"a line of text that is much the same ".repeat(at * 20)}${at}`,
  );
  const noise = Buffer.from(
    Array.from({ length: 2_000_000 }, (_, at) => (at * at * 2654435761) >>> (at % 24)),
  );
  const layer = layerOf("x", { ...Object.fromEntries(texts.map((text, at) => [`f${at}`, text])), noise });
  const exact = gzipSync(Buffer.concat([...texts.map((text) => Buffer.from(text)), noise])).length;
  const estimate = await estimateCompressed(layer);
  assert.ok(Math.abs(estimate / exact - 1) < 0.1, `${estimate} instead of ${exact}`);
});
