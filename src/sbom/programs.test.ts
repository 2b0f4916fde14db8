import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { BASE, programOf } from "./program-fixtures.ts";
import { goPackages } from "./readers/go.ts";
import { rustPackages } from "./readers/rust.ts";

const SUM = `h1:${"A".repeat(43)}=`;
const MODULES = [
  "path\texample.org/app",
  "mod\texample.org/app\t(devel)\t",
  `dep\tgolang.org/x/text\tv0.3.7\t${SUM}`,
  "dep\texample.org/old\tv1.0.0",
  `=>\texample.org/New/fork\tv1.1.0\t${SUM}`,
  "dep\texample.org/local\tv1.0.0",
  "=>\t../local\t(devel)\t",
  "build\tvcs.revision=0123456789abcdef0123456789abcdef01234567",
].join("\n");
const MARKED = Buffer.concat([Buffer.alloc(16, 1), Buffer.from(`${MODULES}\n`), Buffer.alloc(16, 2)]);
const HEAD = Buffer.from("\xff Go buildinf:", "latin1");

/** Since Go 1.18. */
function inline(): Buffer {
  const info = Buffer.concat([
    HEAD,
    Buffer.from([8, 2]),
    Buffer.alloc(16),
    Buffer.from([8]),
    Buffer.from("go1.22.1"),
    Buffer.from([0x80 | (MARKED.length & 127), MARKED.length >> 7]),
    MARKED,
  ]);
  return programOf([".text", ".go.buildinfo"], () => [Buffer.from("code"), info]);
}

/** Before. */
function pointed(): Buffer {
  return programOf([".go.buildinfo", ".data"], ([, data = 0]) => {
    const info = Buffer.concat([HEAD, Buffer.from([8, 0]), Buffer.alloc(16)]);
    const texts = [Buffer.from("go1.17"), MARKED];
    const strings = Buffer.alloc(32);
    let at = BASE + data + 32;
    for (const [index, text] of texts.entries()) {
      info.writeBigUInt64LE(BigInt(BASE + data + 16 * index), 16 + 8 * index);
      strings.writeBigUInt64LE(BigInt(at), 16 * index);
      strings.writeBigUInt64LE(BigInt(text.length), 16 * index + 8);
      at += text.length;
    }
    return [info, Buffer.concat([strings, ...texts])];
  });
}

test("a program of Go tells its modules, what replaced them, and Go itself, in both forms", () => {
  for (const [bytes, version] of [
    [inline(), "1.22.1"],
    [pointed(), "1.17"],
  ] as const) {
    const found = goPackages(
      new Map([
        ["app", bytes],
        ["notes.txt", Buffer.from("text")],
      ]),
    );
    assert.deepEqual(
      found.map(({ purl, goSum = "" }) => [purl, goSum]),
      [
        [`pkg:golang/stdlib@${version}`, ""],
        ["pkg:golang/example.org/app@0123456789abcdef0123456789abcdef01234567", ""],
        ["pkg:golang/golang.org/x/text@v0.3.7", SUM],
        ["pkg:golang/example.org/New/fork@v1.1.0", SUM],
        ["pkg:golang/example.org/local", ""],
      ],
    );
    assert.equal(found[1]?.dependencies?.length, 4);
  }
});

const AUDIT = {
  packages: [
    { name: "app", version: "0.1.0", source: "local", root: true, dependencies: [1, 2, 3] },
    { name: "serde", version: "1.0.1", source: "crates.io" },
    { name: "cc", version: "1.0.2", source: "crates.io", kind: "build" },
    { name: "fork", version: "2.0.0", source: "git" },
    { name: 5 },
    null,
  ],
};

function audited(data: Uint8Array = deflateSync(JSON.stringify(AUDIT))): Buffer {
  return programOf([".text", ".dep-v0"], () => [Buffer.from("code"), data]);
}

test("a program of Rust tells its crates, and not those that only built it", () => {
  const found = rustPackages(new Map([["bin/app", audited()]]));
  assert.deepEqual(
    found.map(({ purl, dependencies }) => [purl, dependencies]),
    [
      ["pkg:cargo/app@0.1.0", ["pkg:cargo/serde@1.0.1", "pkg:cargo/fork@2.0.0"]],
      ["pkg:cargo/serde@1.0.1", []],
      ["pkg:cargo/fork@2.0.0", []],
    ],
  );
  for (const data of [
    Buffer.from("no zlib"),
    deflateSync("{"),
    deflateSync("null"),
    deflateSync('{"packages":7}'),
  ])
    assert.deepEqual(rustPackages(new Map([["bin/app", audited(data)]])), []);
  assert.deepEqual(rustPackages(new Map([["bin/app", audited(deflateSync(Buffer.alloc(9 << 20, 32)))]])), []);
  const padded = Buffer.concat([deflateSync(JSON.stringify(AUDIT)), Buffer.alloc(9 << 20)]);
  assert.deepEqual(rustPackages(new Map([["bin/app", audited(padded)]])), []);
});

test("damaged programs are no error", () => {
  for (const [whole, read] of [
    [inline(), goPackages],
    [pointed(), goPackages],
    [audited(), rustPackages],
  ] as const)
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, value, length) => {
        const damaged = Buffer.from(whole);
        damaged[at] = value;
        for (const bytes of [damaged, damaged.subarray(0, length)]) read(new Map([["app", bytes]]));
      }),
      { seed: 7, numRuns: 1500 },
    );
});
