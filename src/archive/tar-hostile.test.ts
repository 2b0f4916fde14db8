import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import { encodeTarHeader } from "./encode.ts";
import { FILE, patched, pieces, readAll, tarOf } from "./fixtures.ts";
import { TAR_END, tarPadding } from "./header.ts";
import { readTar } from "./reader.ts";

test("what is cut off, or is no tar, is an integrity error that names the byte", async () => {
  const bytes = tarOf([{ ...FILE, size: 600 }, Buffer.alloc(600)], [FILE, Buffer.alloc(0)]);
  for (const [damaged, place] of [
    [bytes.subarray(0, 100), /byte 0/],
    [bytes.subarray(0, 700), /byte 0: the archive ends at byte 700/],
    [bytes.subarray(0, 1600), /byte 1536/],
    [Buffer.from("this is no tar at all".repeat(60)), /byte 0: the checksum/],
    [encodeTarHeader({ ...FILE, uid: 3000000 }).subarray(0, 1024), /byte 1024: the archive ends after/],
  ] as const)
    await assert.rejects(
      readAll(damaged),
      (error) =>
        error instanceof TareError && error.code === "integrity-archive" && place.test(error.message),
    );
});

test("maps of sparse files that contradict themselves are integrity errors, at once", async () => {
  const member = (records: string, content: string): Buffer => {
    const lines = records.split("\n").map((record) => {
      let length = record.length + 3;
      while (String(length).length + record.length + 2 !== length) length++;
      return `${length} ${record}\n`;
    });
    const body = Buffer.from(lines.join(""));
    const extended = patched(encodeTarHeader({ ...FILE, size: body.length }), (b) =>
      b.write("x", 156, "latin1"),
    );
    const data = Buffer.from(content);
    return Buffer.concat([
      extended,
      body,
      tarPadding(body.length),
      encodeTarHeader({ ...FILE, size: data.length }),
      data,
      tarPadding(data.length),
      TAR_END,
    ]);
  };
  const good = member("GNU.sparse.major=1\nGNU.sparse.realsize=10", `${"1\n4\n2\n".padEnd(512, "\0")}ab`);
  const [read] = await readAll(good);
  assert.deepEqual([read?.header.size, read?.content.toString("latin1")], [10, "\0\0\0\0ab\0\0\0\0"]);
  for (const [records, content] of [
    ["GNU.sparse.major=1\nGNU.sparse.realsize=10", "999999999\n"],
    ["GNU.sparse.major=1\nGNU.sparse.realsize=10", "99\n".padEnd(512, "\0")],
    ["GNU.sparse.major=1\nGNU.sparse.realsize=10", "1\nx\n2\n".padEnd(512, "\0")],
    ["GNU.sparse.major=1\nGNU.sparse.realsize=x", "0\n".padEnd(512, "\0")],
    ["GNU.sparse.major=2\nGNU.sparse.size=10", "ab"],
    ["GNU.sparse.size=10\nGNU.sparse.map=0,1,2", "ab"],
    ["GNU.sparse.size=10\nGNU.sparse.map=4,1,2,1", "ab"],
    ["GNU.sparse.size=10\nGNU.sparse.map=9,2", "ab"],
    ["GNU.sparse.size=10\nGNU.sparse.map=0,3", "ab"],
    ["GNU.sparse.size=10\nGNU.sparse.offset=1", "ab"],
  ] as const)
    await assert.rejects(
      readAll(member(records, content)),
      (error) => error instanceof TareError && error.code === "integrity-archive",
      records,
    );
});

test("random damage never gives anything but members or an integrity error", async () => {
  const good = tarOf(
    [
      { ...FILE, name: "x".repeat(300), size: 30, xattrs: { "user.a": Buffer.from([0xff, 0xfe, 0x80]) } },
      Buffer.alloc(30),
    ],
    [{ ...FILE, type: "symlink", linkname: "a" }, Buffer.alloc(0)],
  );
  const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      damage,
      fc.boolean(),
      fc.constantFrom("0", "S", "x", "g", "L", "7", "D"),
      async (changes, resum, flag) => {
        let bytes: Buffer = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        // With the checksum made right the damage gets past it.
        if (resum)
          for (let at = 0; at + 512 <= bytes.length; at += 512) {
            const block = patched(
              bytes.subarray(at, at + 512),
              (b) => at > 0 && b.write(flag, 156, "latin1"),
            );
            bytes = Buffer.concat([bytes.subarray(0, at), block, bytes.subarray(at + 512)]);
          }
        try {
          for await (const member of readTar(pieces(bytes, 512))) {
            let seen = 0;
            for await (const part of member.content()) {
              seen += part.length;
              if (seen > 1 << 20) break;
            }
          }
        } catch (error) {
          assert.ok(error instanceof TareError && error.code === "integrity-archive", String(error));
        }
      },
    ),
    { numRuns: 1000 },
  );
});
