import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeName, TareError } from "../base/index.ts";
import { encodeTarHeader, tarHeaderSize, tarMemberSize } from "./encode.ts";
import { FILE, patched, pieces, type Read, readAll, tarOf } from "./fixtures.ts";
import { TAR_END, type TarHeader, type TarType, tarPadding } from "./header.ts";
import { readTar, type TarMember } from "./reader.ts";

function plain(header: TarHeader): unknown {
  const xattrs = Object.entries(header.xattrs ?? {}).map(([name, value]) => [
    name,
    Buffer.from(value).toString("hex"),
  ]);
  return { ...header, xattrs: xattrs.sort() };
}

const nameBytes = fc
  .uint8Array({ minLength: 1, maxLength: 300 })
  .map((bytes) => bytes.map((byte) => (byte === 0 ? 0x2f : byte)))
  .map((bytes) => decodeName(bytes).replace(/\/+$/, "x"));
const xattrName = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme-ascii" }).map((s) => `user.${s}`);
const headers: fc.Arbitrary<TarHeader> = fc
  .record({
    name: nameBytes,
    type: fc.constantFrom<TarType>("file", "hardlink", "symlink", "char", "block", "dir", "fifo"),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: fc.oneof(fc.nat(70000), fc.constantFrom(100000, 3000000, 2 ** 32 - 2)),
    gid: fc.oneof(fc.nat(70000), fc.constantFrom(2097151, 2097152, 2 ** 32 - 2)),
    uname: fc.constantFrom("", "root", "ä".repeat(20)),
    gname: fc.constantFrom("", "g".repeat(31), "g".repeat(32)),
    size: fc.nat(2000),
    mtime: fc.oneof(
      fc.nat(),
      fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
      fc.constantFrom(8589934591, 8589934592),
    ),
    link: nameBytes,
    device: fc.record({ major: fc.nat(4095), minor: fc.nat(1048575) }, { noNullPrototype: true }),
    xattrs: fc.dictionary(xattrName, fc.uint8Array({ maxLength: 300 }), {
      maxKeys: 3,
      noNullPrototype: false,
    }),
  })
  .map(({ link, device, xattrs, ...rest }) => ({
    ...rest,
    size: rest.type === "file" ? rest.size : 0,
    linkname: rest.type === "symlink" || rest.type === "hardlink" ? link : "",
    name: rest.type === "dir" ? `${rest.name}/` : rest.name,
    ...((rest.type === "char" || rest.type === "block") && { device }),
    ...(Object.keys(xattrs).length > 0 && { xattrs }),
  }));

test("every header survives being written and read, and its size is known before", async () => {
  await fc.assert(
    fc.asyncProperty(headers, fc.integer({ min: 1, max: 3000 }), async (header, piece) => {
      const content = Buffer.alloc(header.size, 7);
      const bytes = tarOf([header, content], [FILE, Buffer.alloc(0)]);
      const read = await readAll(bytes, { piece });
      assert.equal(read.length, 2);
      assert.deepEqual(plain((read[0] as Read).header), plain(header));
      assert.deepEqual(read[0]?.content, content);
      assert.equal(read[0]?.offset, tarHeaderSize(header));
      assert.equal(bytes.length, tarMemberSize(header) + 512 + 1024);
      assert.deepEqual(encodeTarHeader(header), encodeTarHeader({ ...header }));
    }),
    { numRuns: 300 },
  );
});

test("what fits is plain ustar, what does not gets sorted PAX records", () => {
  assert.equal(encodeTarHeader({ ...FILE, name: `${"d".repeat(155)}/${"f".repeat(100)}` }).length, 512);
  const long = encodeTarHeader({ ...FILE, name: "f".repeat(101), uid: 3000000, mtime: -1 });
  const text = Buffer.from(long).toString("latin1");
  assert.match(text, /\d+ mtime=-1\n\d+ path=f{101}\n\d+ uid=3000000\n/);
  assert.equal(long[156], "x".charCodeAt(0));
});

test("a file of 9 GiB gets a size record, and a reader knows where the next member is", async () => {
  const size = 9 * 2 ** 30;
  const header = encodeTarHeader({ ...FILE, size });
  assert.match(Buffer.from(header).toString("latin1"), /\d+ size=9663676416\n/);
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield header;
    const zeros = new Uint8Array(1 << 26);
    for (let at = 0; at < size; at += zeros.length) yield zeros;
    yield tarOf([{ ...FILE, name: "next" }, new Uint8Array(0)]);
  }
  const names: [string, number][] = [];
  for await (const member of readTar(stream())) names.push([member.header.name, member.header.size]);
  assert.deepEqual(names, [
    ["file", size],
    ["next", 0],
  ]);
});

test("names and numbers that no tar can hold are refused when written", () => {
  for (const wrong of [
    { name: "a/" },
    { name: "" },
    { name: "a\0b" },
    { uid: -1 },
    { size: -1 },
    { size: 1.5 },
    { mtime: Number.NaN },
    { device: { major: 2 ** 22, minor: 0 }, type: "char" as const },
  ])
    assert.throws(
      () => encodeTarHeader({ ...FILE, ...wrong }),
      (error) => error instanceof TareError && error.code === "integrity-archive",
      JSON.stringify(wrong),
    );
});

test("old archives: directories by a trailing slash, numbers with spaces, no magic", async () => {
  const block = patched(encodeTarHeader({ ...FILE, name: "dir" }), (b) => {
    b.write("dir/\0", 0, "latin1");
    b.fill(0, 156, 157);
    b.fill(0, 257, 345);
    b.write("   755 \0", 100, "latin1");
  });
  const [read] = await readAll(Buffer.concat([block, TAR_END]));
  assert.deepEqual([read?.header.type, read?.header.name, read?.header.mode], ["dir", "dir/", 0o755]);
});

test("a signed checksum is as good as an unsigned one", async () => {
  const block = Buffer.from(encodeTarHeader({ ...FILE, name: decodeName(Uint8Array.from([0xff, 0xfe])) }));
  const sum = Number.parseInt(block.subarray(148, 154).toString("latin1"), 8) - 512;
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  assert.equal((await readAll(Buffer.concat([block, TAR_END]))).length, 1);
});

test("numbers in base 256: sizes, negative times, owners", async () => {
  const block = patched(encodeTarHeader(FILE), (b) => {
    b.set([0x80, 0, 0, 0, 0, 0x2d, 0xc6, 0xc0], 108);
    b.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x9c], 136);
    b.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe], 116);
  });
  const [read] = await readAll(Buffer.concat([block, TAR_END]));
  assert.deepEqual([read?.header.uid, read?.header.mtime, read?.header.gid], [3000000, -100, 2 ** 32 - 2]);
});

test("the archive may end after two zero blocks, one, or none, and what follows is read and dropped", async () => {
  const bytes = tarOf([FILE, Buffer.from("")]);
  for (const end of [0, 512, 1024]) assert.equal((await readAll(bytes.subarray(0, 512 + end))).length, 1);
  let seen = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for (let part = 0; part < 4; part++) {
      seen++;
      yield part === 0 ? bytes : Buffer.from("rubbish");
    }
  }
  for await (const { header } of readTar(counted())) assert.equal(header.name, "file");
  assert.equal(seen, 4);
});

test("unread content is passed over, and reading it late or twice is a bug that is told", async () => {
  const bytes = tarOf(
    [{ ...FILE, name: "a", size: 1000 }, Buffer.alloc(1000)],
    [{ ...FILE, name: "b", size: 3 }, Buffer.from("abc")],
  );
  const kept: TarMember[] = [];
  for await (const member of readTar(pieces(bytes, 100))) kept.push(member);
  assert.deepEqual(
    kept.map((member) => member.header.name),
    ["a", "b"],
  );
  assert.throws(() => kept[0]?.content(), /was read past/);
});

test("leaving the loop early closes the source", async () => {
  let closed = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield tarOf([FILE, Buffer.from("")]);
    } finally {
      closed = true;
    }
  }
  for await (const _ of readTar(source())) break;
  assert.equal(closed, true);
});

test("a name is taken from GNU long name members, and global headers hold for all that follow", async () => {
  const gnu = (flag: string, text: string): Buffer => {
    const body = Buffer.from(`${text}\0`);
    const block = patched(encodeTarHeader({ ...FILE, name: "././@LongLink", size: body.length }), (b) =>
      b.write(flag, 156, "latin1"),
    );
    return Buffer.concat([block, body, tarPadding(body.length)]);
  };
  const globals = Buffer.from("12 uid=4242\n16 comment=hello\n".replace("16", "17"));
  const global = Buffer.concat([
    patched(encodeTarHeader({ ...FILE, size: globals.length }), (b) => b.write("g", 156, "latin1")),
    globals,
    tarPadding(globals.length),
  ]);
  const long = "n".repeat(400);
  const bytes = Buffer.concat([
    gnu("L", long),
    gnu("K", `${long}/target`),
    encodeTarHeader({ ...FILE, type: "symlink", linkname: "cut" }),
    global,
    encodeTarHeader(FILE),
    encodeTarHeader(FILE),
    TAR_END,
  ]);
  const read = await readAll(bytes);
  assert.deepEqual([read[0]?.header.name, read[0]?.header.linkname], [long, `${long}/target`]);
  assert.deepEqual(
    read.map(({ header }) => header.uid),
    [0, 4242, 4242],
  );
});

test("an attribute named like a part of JavaScript is an attribute", async () => {
  const header = encodeTarHeader({ ...FILE, xattrs: xattrsOf("__proto__") });
  const [read] = await readAll(Buffer.concat([header, TAR_END]));
  assert.deepEqual(Object.keys(read?.header.xattrs ?? {}), ["__proto__"]);
});

function xattrsOf(name: string): Record<string, Uint8Array> {
  return Object.fromEntries([[name, Uint8Array.from([1])]]);
}
