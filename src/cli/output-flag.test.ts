import assert from "node:assert/strict";
import { test } from "node:test";
import { parseOutput } from "./output-flag.ts";
import { pairs, required } from "./pairs.ts";

test("outputs are read as docker writes them", () => {
  const cases: readonly (readonly [string, object])[] = [
    ["-", { type: "tar", dest: "-" }],
    ["out/dir", { type: "local", dest: "out/dir" }],
    ["type=image", { type: "image" }],
    ["type=image,name=a:1", { type: "image", names: ["a:1"] }],
    ["type=image,push=true", { type: "registry" }],
    ["type=registry", { type: "registry" }],
    ["type=registry,push=false", { type: "image" }],
    ['type=registry,"name=a,b.c/d:1"', { type: "registry", names: ["a", "b.c/d:1"] }],
    ["type=image,rewrite-timestamp=true,oci-mediatypes=true,unpack=false", { type: "image" }],
    ["type=docker", { type: "image" }],
    ["type=docker,dest=-", { type: "docker", dest: "-" }],
    ["type=oci,dest=a=b.tar", { type: "oci", dest: "a=b.tar" }],
    ["dest=x,TYPE=tar", { type: "tar", dest: "x" }],
    ["type=oci,dest=d,tar=false", { type: "oci", dest: "d", tar: false }],
    ["type=oci,dest=d,tar=true", { type: "oci", dest: "d", tar: true }],
    [
      "type=oci,dest=d,compression=gzip,compression-level=9",
      { type: "oci", dest: "d", compression: "gzip", compressionLevel: 9 },
    ],
    ["type=oci,dest=d,compression=uncompressed", { type: "oci", dest: "d", compression: "uncompressed" }],
    ["type=docker,dest=d,compression=estargz", { type: "docker", dest: "d", compression: "estargz" }],
    [
      "type=registry,compression=estargz,compression-level=9",
      { type: "registry", compression: "estargz", compressionLevel: 9 },
    ],
    ["type=image,compression=gzip", { type: "image", compression: "gzip" }],
  ];
  for (const [text, wanted] of cases) assert.deepEqual(parseOutput(text), wanted, text);
});

test("an output that can not be made is refused with the reason", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["type=zip,dest=x", "type is one of oci, docker, tar, local, image, registry"],
    ["dest=x", "type is one of oci, docker, tar, local, image, registry"],
    ["type=cacheonly", "an image is always put into the local store; leave -o out"],
    [
      "type=oci,dest=x,rewrite-timestamp=false",
      "rewrite-timestamp is not known or not done yet: times are clamped whenever SOURCE_DATE_EPOCH is set",
    ],
    ["type=tar", "dest is missing"],
    ["type=tar,dest", '"dest" has no value'],
    ["type=tar,dest=x,push=true", "push is not known or not done yet"],
    ["type=registry,dest=x", "dest is not known or not done yet"],
    ["type=registry,push=yes", "push is true or false"],
    ["type=oci,dest=x,compression=zstd", "compression is gzip, uncompressed or estargz"],
    ["type=tar,dest=x,compression=estargz", "compression is gzip or uncompressed"],
    ["type=image,compression=uncompressed", "compression is gzip or estargz"],
    ["type=image,compression-level=9", "compression-level is for files, and for compression=estargz"],
    ["type=oci,dest=x,compression-level=10", "compression-level is a number from 0 to 9"],
    ["type=oci,dest=x,compression-level=-1", "compression-level is a number from 0 to 9"],
  ];
  for (const [text, why] of cases)
    assert.throws(
      () => parseOutput(text),
      { code: "user-bad-flag", message: `invalid output ${JSON.stringify(text)}: ${why}` },
      text,
    );
});

test("pairs split at the first =, the last of a name wins", () => {
  assert.deepEqual(
    pairs(["A=1", "B=x=y", "C", "A=2", "D="], () => undefined),
    { A: "2", B: "x=y", C: undefined, D: "" },
  );
  assert.deepEqual(Object.keys(pairs(["__proto__=x"], () => "")), ["__proto__"]);
});

test("a flag that wants a value says so", () => {
  assert.throws(() => pairs(["base"], required("build-context", "NAME=SPEC")), {
    code: "user-bad-flag",
    message: "--build-context base: a value is missing",
    facts: { hint: "write --build-context NAME=SPEC" },
  });
});
