import assert from "node:assert/strict";
import { test } from "node:test";
import type { Annotation, Platform } from "../../oci/index.ts";
import { nameAnnotations } from "./build-annotations.ts";

const [AMD, ARM]: readonly Platform[] = [
  { os: "linux", architecture: "amd64" },
  { os: "linux", architecture: "arm64", variant: "v8" },
];
const annotation = (on: Annotation["on"], platform?: Platform): Annotation => ({
  on,
  key: "k",
  value: "v",
  ...(platform && { platform }),
});

test("names have the annotations of the build, and of the outputs that are the store and registries", () => {
  const [all, stored, file] = [annotation("manifest"), annotation("index"), annotation("manifest", ARM)];
  const outputs = [
    { type: "registry", annotations: [stored] },
    { type: "oci", annotations: [file] },
  ] as const;
  const several = { platforms: [AMD, { os: "linux", architecture: "arm64" }] as Platform[], isIndex: true };
  assert.deepEqual(nameAnnotations({ annotations: [all], outputs }, several), [all, stored]);
});

test("annotations that nothing of the result could have are refused", () => {
  const one = { platforms: [AMD as Platform], isIndex: false };
  const refused = (annotations: readonly Annotation[], message: RegExp) =>
    assert.throws(() => nameAnnotations({ annotations }, one), { code: "user-bad-flag", message });
  refused([annotation("index")], /index annotations not supported for single platform export/);
  refused([annotation("index-descriptor")], /not supported for single platform/);
  refused([annotation("manifest", ARM)], /no platform linux\/arm64\/v8 found in source/);
  assert.deepEqual(
    nameAnnotations({ annotations: [annotation("index")] }, { ...one, isIndex: true }).length,
    1,
  );
});
