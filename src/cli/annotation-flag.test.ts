import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationOfKey, parseAnnotation } from "./annotation-flag.ts";
import { parseOutput } from "./output-flag.ts";

const ARM = { os: "linux", architecture: "arm64" };

test("annotations are read as buildx reads them", () => {
  const at = { key: "org.x", value: "v" };
  const cases: readonly (readonly [string, readonly object[]])[] = [
    ["org.x=v", [{ on: "manifest", ...at }]],
    ["org.x=", [{ on: "manifest", key: "org.x", value: "" }]],
    ["org.x=a:b=c", [{ on: "manifest", key: "org.x", value: "a:b=c" }]],
    ["index:org.x=v", [{ on: "index", ...at }]],
    ["manifest[linux/arm64]:org.x=v", [{ on: "manifest", platform: ARM, ...at }]],
    [
      "index,manifest-descriptor[arm64]:org.x=v",
      [
        { on: "index", ...at },
        { on: "manifest-descriptor", platform: ARM, ...at },
      ],
    ],
  ];
  for (const [text, wanted] of cases) assert.deepEqual(parseAnnotation(text), wanted, text);
});

test("an annotation that has no place says why", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["key", /invalid annotation "key", expected key=value/],
    ["=v", /the key is empty/],
    ["index:=v", /the key is empty/],
    ["layer:k=v", /unknown annotation type "layer"/],
    ["org.x:k=v", /invalid annotation type, expected type\[platform\]: "org.x"/],
    ["manifest[]:k=v", /invalid annotation type/],
    ["index[linux/amd64]:k=v", /an index is of all platforms/],
  ];
  for (const [text, message] of cases)
    assert.throws(() => parseAnnotation(text), { code: "user-bad-flag", message }, text);
});

test("an output has annotations as keys of its own", () => {
  assert.equal(annotationOfKey("annotations", "v"), undefined);
  assert.equal(annotationOfKey("name", "v"), undefined);
  assert.deepEqual(annotationOfKey("annotation-index.org.X", "v"), { on: "index", key: "org.X", value: "v" });
  assert.deepEqual(parseOutput("type=oci,dest=d,annotation[linux/arm64].org.X=v=w"), {
    type: "oci",
    dest: "d",
    annotations: [{ on: "manifest", platform: ARM, key: "org.X", value: "v=w" }],
  });
  assert.deepEqual(parseOutput("type=docker,annotation-manifest.k=v"), {
    type: "image",
    annotations: [{ on: "manifest", key: "k", value: "v" }],
  });
  assert.throws(() => parseOutput("type=local,dest=d,annotation.k=v"), {
    message: /files have no annotations/,
  });
  assert.deepEqual(parseOutput("type=local,dest=d,platform-split=false"), {
    type: "local",
    dest: "d",
    platformSplit: false,
  });
  assert.throws(() => parseOutput("type=oci,dest=d,platform-split=false"), { code: "user-bad-flag" });
  assert.throws(() => parseOutput("type=tar,dest=d,platform-split=maybe"), { message: /is true or false/ });
});
