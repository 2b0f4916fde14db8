import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { decodeName, encodeName, sha256 } from "../base/index.ts";
import { encodeTarHeader } from "./encode.ts";
import { collect, FILE, missing } from "./fixtures.ts";
import { TAR_END, type TarHeader, tarPadding } from "./header.ts";
import { readTar } from "./reader.ts";

const OWNED: TarHeader = { ...FILE, uid: 1, gid: 2, mtime: 1_700_000_000 };
const BINARY = Uint8Array.from([0xff, 0xfe, 0x80, 0x0a, 0x00, 0x3d]);
const ODD = decodeName(Uint8Array.from([0x64, 0xff, 0x2f, 0xe9]));

/** What is hard about tar, one member each. */
const HARD: readonly TarHeader[] = [
  { ...OWNED, name: "plain" },
  { ...OWNED, name: `${"d".repeat(90)}/${"e".repeat(90)}`, size: 5 },
  { ...OWNED, name: "n".repeat(101) },
  { ...OWNED, name: `long/${"x/".repeat(150)}${"y".repeat(120)}` },
  { ...OWNED, name: ODD },
  { ...OWNED, name: "ünïcode" },
  { ...OWNED, name: "setuid", mode: 0o6755 },
  { ...OWNED, name: "sticky", type: "dir", mode: 0o1777 },
  { ...OWNED, name: "owner", uid: 100_000, gid: 3_000_000 },
  { ...OWNED, name: "old", mtime: -86_400 },
  { ...OWNED, name: "far", mtime: 9_000_000_000 },
  { ...OWNED, name: "char", type: "char", device: { major: 1, minor: 3 } },
  { ...OWNED, name: "block", type: "block", device: { major: 259, minor: 70_000 } },
  { ...OWNED, name: "fifo", type: "fifo" },
  { ...OWNED, name: "sym", type: "symlink", linkname: `../${"t".repeat(150)}` },
  { ...OWNED, name: "hard", type: "hardlink", linkname: "plain" },
  { ...OWNED, name: "xattr", xattrs: { "user.bin": BINARY, "security.capability": BINARY } },
];

const CONTENT = Buffer.from("hello");

function archive(): Buffer {
  const parts = HARD.flatMap((header) =>
    header.size > 0
      ? [encodeTarHeader(header), CONTENT, tarPadding(CONTENT.length)]
      : [encodeTarHeader(header)],
  );
  return Buffer.concat([...parts, TAR_END]);
}

async function inTemp(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tare-archive-"));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const NO_TAR = missing("tar", "--version");
const NO_PYTHON = missing("python3", "-c", "import tarfile");

async function headersOf(path: string): Promise<readonly (readonly [TarHeader, string])[]> {
  const found: (readonly [TarHeader, string])[] = [];
  for await (const { header, content } of readTar(createReadStream(path, { highWaterMark: 3000 }))) {
    found.push([header, sha256(await collect(content()))]);
  }
  return found;
}

const DUMP = `
import json, sys, tarfile
out = []
with tarfile.open(sys.argv[1]) as archive:
    for m in archive:
        out.append([m.name.encode("utf-8", "surrogateescape").hex(), m.type.decode(), m.mode, m.uid, m.gid, m.size, int(m.mtime),
                    m.linkname.encode("utf-8", "surrogateescape").hex(), m.devmajor, m.devminor,
                    {k[13:]: v.encode("utf-8", "surrogateescape").hex() for k, v in m.pax_headers.items() if k.startswith("SCHILY.xattr.")}])
json.dump(out, sys.stdout)
`;

test("Python's tarfile sees in our archive what we wrote", { skip: NO_PYTHON }, () =>
  inTemp(async (folder) => {
    const path = join(folder, "a.tar");
    await writeFile(path, archive());
    const seen = JSON.parse(execFileSync("python3", ["-c", DUMP, path], { encoding: "utf8" }));
    const flags = { file: "0", hardlink: "1", symlink: "2", char: "3", block: "4", dir: "5", fifo: "6" };
    const hex = (name: string): string => encodeName(name).toString("hex");
    assert.deepEqual(
      seen,
      HARD.map((h) => [
        hex(h.name),
        flags[h.type],
        h.mode,
        h.uid,
        h.gid,
        h.size,
        h.mtime,
        hex(h.linkname),
        h.device?.major ?? 0,
        h.device?.minor ?? 0,
        Object.fromEntries(
          Object.entries(h.xattrs ?? {}).map(([name, value]) => [name, Buffer.from(value).toString("hex")]),
        ),
      ]),
    );
  }),
);

const MAKE = `
import sys, tarfile, io
from tarfile import TarInfo
formats = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
kind = sys.argv[2]
with tarfile.open(sys.argv[1], "w", format=formats[kind], encoding="utf-8", errors="surrogateescape") as archive:
    def add(name, **fields):
        m = TarInfo(name)
        m.mtime, m.uid, m.gid = 1700000000, 1, 2
        data = fields.pop("data", b"")
        for key, value in fields.items(): setattr(m, key, value)
        m.size = len(data)
        archive.addfile(m, io.BytesIO(data))
    add("plain", data=b"hello", mode=0o6755)
    add("p" * 100 + "/" + "q" * 99)
    add(b"d\\xff/\\xe9".decode("utf-8", "surrogateescape"))
    add("char", type=tarfile.CHRTYPE, devmajor=1, devminor=3)
    add("sym", type=tarfile.SYMTYPE, linkname="there")
    if kind != "ustar":
        add("n" * 300, uid=3000000, gid=100000)
        add("s", type=tarfile.SYMTYPE, linkname="t" * 300)
        add("neg", mtime=-5.5)
    if kind == "pax":
        m = TarInfo("x"); m.pax_headers = {"SCHILY.xattr.user.a": b"\\xff\\xfe\\x80".decode("utf-8", "surrogateescape")}
        archive.addfile(m)
`;

for (const kind of ["ustar", "gnu", "pax"])
  test(`we see what Python's tarfile wrote in the format ${kind}`, { skip: NO_PYTHON }, () =>
    inTemp(async (folder) => {
      const path = join(folder, "a.tar");
      execFileSync("python3", ["-c", MAKE, path, kind]);
      const read = await headersOf(path);
      const seen = read.map(
        ([h]) => `${h.type} ${h.name} ${h.mode.toString(8)} ${h.uid}:${h.gid} ${h.mtime} ${h.linkname}`,
      );
      const common = [
        "file plain 6755 1:2 1700000000 ",
        `file ${"p".repeat(100)}/${"q".repeat(99)} 644 1:2 1700000000 `,
        `file ${ODD} 644 1:2 1700000000 `,
        "char char 644 1:2 1700000000 ",
        "symlink sym 644 1:2 1700000000 there",
      ];
      const extended = [
        `file ${"n".repeat(300)} 644 3000000:100000 1700000000 `,
        `symlink s 644 1:2 1700000000 ${"t".repeat(300)}`,
        // The GNU format has whole seconds, which Python cuts towards zero.
        `file neg 644 1:2 ${kind === "gnu" ? -5 : -6} `,
      ];
      assert.deepEqual(seen.slice(0, 8), kind === "ustar" ? common : [...common, ...extended]);
      assert.equal(read[0]?.[1], sha256("hello"));
      assert.deepEqual(read.find(([h]) => h.name === "char")?.[0].device, { major: 1, minor: 3 });
      if (kind === "pax")
        assert.deepEqual(
          Buffer.from(read.at(-1)?.[0].xattrs?.["user.a"] ?? []),
          Buffer.from([0xff, 0xfe, 0x80]),
        );
    }),
  );

test("GNU tar lists our archive without complaint", { skip: NO_TAR }, () =>
  inTemp(async (folder) => {
    const path = join(folder, "a.tar");
    await writeFile(path, archive());
    const list = execFileSync("tar", ["--quoting-style=literal", "-tf", path], {
      encoding: "latin1",
      stdio: ["ignore", "pipe", "pipe"],
    });
    assert.deepEqual(
      list.trimEnd().split("\n"),
      HARD.map((h) => encodeName(h.type === "dir" ? `${h.name}/` : h.name).toString("latin1")),
    );
    const long = execFileSync("tar", ["--numeric-owner", "--utc", "-tvf", path], { encoding: "latin1" });
    assert.match(long, /-rwsr-sr-x 1\/2 .* setuid/);
    assert.match(long, /100000\/3000000 .* owner/);
    assert.match(long, /259,70000 .* block/);
    assert.match(long, /1969-12-31 00:00 old/);
    const xattrs = execFileSync("tar", ["--xattrs", "--xattrs-include=*", "-tvvf", path], {
      encoding: "latin1",
    });
    assert.match(xattrs, /x: 6 user\.bin/);
  }),
);

test(
  "a binary attribute goes through GNU tar and back, byte by byte",
  { skip: NO_TAR || missing("setfattr", "--version") },
  () =>
    inTemp(async (folder) => {
      await writeFile(join(folder, "f"), "x");
      const hex = `0x${Buffer.from(BINARY).toString("hex")}`;
      execFileSync("setfattr", ["-n", "user.bin", "-v", hex, join(folder, "f")]);
      const path = join(folder, "a.tar");
      execFileSync("tar", ["--xattrs", "-C", folder, "-cf", path, "f"]);
      const [member] = await headersOf(path);
      assert.deepEqual(Buffer.from(member?.[0].xattrs?.["user.bin"] ?? []), Buffer.from(BINARY));
      await rm(join(folder, "f"));
      await writeFile(
        path,
        Buffer.concat([encodeTarHeader({ ...OWNED, name: "f", xattrs: { "user.bin": BINARY } }), TAR_END]),
      );
      execFileSync("tar", ["--xattrs", "--no-same-owner", "-C", folder, "-xf", path]);
      const back = execFileSync(
        "getfattr",
        ["--absolute-names", "-e", "hex", "-n", "user.bin", join(folder, "f")],
        { encoding: "utf8" },
      );
      assert.match(back, new RegExp(`user.bin=${hex}`));
    }),
);

const SPARSE_FORMATS = [
  ["--format=gnu"],
  ["--format=posix", "--sparse-version=0.0"],
  ["--format=posix", "--sparse-version=0.1"],
  ["--format=posix", "--sparse-version=1.0"],
];

for (const format of SPARSE_FORMATS)
  test(`sparse files are expanded: ${format.join(" ")}`, { skip: NO_TAR }, () =>
    inTemp(async (folder) => {
      // 60 pieces of data need maps that go on in further blocks; the second file ends in a hole.
      const many = await open(join(folder, "many"), "w");
      for (let piece = 0; piece < 60; piece++) await many.write(`piece ${piece}`, piece * 300_000);
      await many.close();
      const hole = await open(join(folder, "hole"), "w");
      await hole.write("start");
      await hole.truncate(5_000_000);
      await hole.close();
      await writeFile(join(folder, "after"), "after");
      const path = join(folder, "a.tar");
      execFileSync("tar", ["-S", ...format, "-C", folder, "-cf", path, "many", "hole", "after"]);
      const read = await headersOf(path);
      assert.deepEqual(
        read.map(([header]) => header.name),
        ["many", "hole", "after"],
      );
      for (const [header, digest] of read) {
        const original = await readFile(join(folder, header.name));
        assert.equal(header.size, original.length);
        assert.equal(digest, sha256(original), header.name);
      }
      const offsets: boolean[] = [];
      for await (const { offset } of readTar(createReadStream(path))) offsets.push(offset !== undefined);
      assert.ok((await readFile(path)).length < 2_000_000, "tar found no holes to leave out");
      assert.deepEqual(offsets, [false, false, true]);
    }),
  );

for (const format of ["v7", "oldgnu", "gnu", "ustar", "posix"])
  test(`we see what GNU tar wrote in the format ${format}`, { skip: NO_TAR }, () =>
    inTemp(async (folder) => {
      await writeFile(join(folder, "one"), "first");
      const path = join(folder, "a.tar");
      execFileSync(
        "tar",
        [
          `--format=${format}`,
          "--mtime=@-1.5",
          "--owner=0",
          "--group=7",
          "--numeric-owner",
          "-C",
          folder,
          "-cf",
          path,
          "./one",
        ].map((arg) => (arg === "--mtime=@-1.5" && format !== "posix" ? "--mtime=@1500" : arg)),
      );
      const [member] = await headersOf(path);
      assert.equal(member?.[0].name, "./one");
      assert.equal(member?.[0].gid, 7);
      assert.equal(member?.[0].mtime, format === "posix" ? -2 : 1500);
      assert.equal(member?.[1], sha256("first"));
    }),
  );
