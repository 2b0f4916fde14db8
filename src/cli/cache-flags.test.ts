import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCacheSource, parseCacheTarget } from "./cache-flags.ts";

test("caches are named as BuildKit names them", () => {
  const sources: readonly (readonly [string, object])[] = [
    ["team/app:cache", { type: "registry", ref: "team/app:cache" }],
    ["type=registry,ref=localhost:5000/a", { type: "registry", ref: "localhost:5000/a" }],
    ["TYPE=local,src=a=b", { type: "local", src: "a=b" }],
    ["type=local,src=d,tag=x", { type: "local", src: "d", tag: "x" }],
    ["type=local,src=d,digest=sha256:0", { type: "local", src: "d", digest: "sha256:0" }],
  ];
  for (const [text, wanted] of sources) assert.deepEqual(parseCacheSource(text), wanted, text);
  const targets: readonly (readonly [string, object])[] = [
    ["team/app:cache", { type: "registry", ref: "team/app:cache" }],
    ["type=inline", { type: "inline" }],
    ["type=inline,mode=min", { type: "inline" }],
    ["type=local,dest=d,tag=x,mode=min", { type: "local", dest: "d", tag: "x", mode: "min" }],
    [
      "type=registry,ref=a,mode=max,ignore-error=true,image-manifest=true,oci-mediatypes=true,compression=gzip",
      { type: "registry", ref: "a", mode: "max", ignoreError: true },
    ],
  ];
  for (const [text, wanted] of targets) assert.deepEqual(parseCacheTarget(text), wanted, text);
});

test("an option that is not there, twice there or not known is refused by name", () => {
  const cases: readonly (readonly [(text: string) => unknown, string, string])[] = [
    [parseCacheSource, "ref=a", "type is missing"],
    [parseCacheSource, "type=registry", "ref is missing"],
    [parseCacheSource, "type=registry,ref=", "ref is missing"],
    [parseCacheSource, "type=registry,ref=a,ref=b", "ref is there twice"],
    [parseCacheSource, "type=registry,ref=a,x", '"x" has no value'],
    [parseCacheSource, "type=local,dest=a", "src is missing"],
    [parseCacheSource, "type=local,src=a,mode=max", "mode is not known or not done yet"],
    [parseCacheSource, "type=inline", "an inline cache is in its image: write --cache-from IMAGE"],
    [parseCacheSource, "type=gha", "type=gha is not done: use a registry"],
    [parseCacheSource, "type=zip", "type is registry or local"],
    [parseCacheTarget, "type=local,src=a", "dest is missing"],
    [parseCacheTarget, "type=registry,ref=a,mode=big", "mode is min or max"],
    [parseCacheTarget, "type=registry,ref=a,ignore-error=yes", "ignore-error is true or false"],
    [parseCacheTarget, "type=registry,ref=a,compression=zstd", "compression is gzip"],
    [
      parseCacheTarget,
      "type=registry,ref=a,compression-level=3",
      "compression-level is not known or not done yet",
    ],
    [parseCacheTarget, "type=registry,ref=a,image-manifest=false", "a cache is always an image manifest"],
    [
      parseCacheTarget,
      "type=registry,ref=a,registry.insecure=true",
      "set TARE_INSECURE_REGISTRIES=HOST instead",
    ],
    [
      parseCacheTarget,
      "type=inline,mode=max",
      "an image has room for its own layers only; use type=registry",
    ],
    [parseCacheTarget, "type=s3", "type=s3 is not done: use a registry"],
  ];
  for (const [parse, text, why] of cases) {
    const flag = parse === parseCacheSource ? "cache-from" : "cache-to";
    const message = `invalid --${flag} ${JSON.stringify(text)}: ${why}`;
    assert.throws(() => parse(text), { code: "user-bad-flag", message }, text);
  }
});
