import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPlatform } from "../../oci/index.ts";
import { buildPlatforms } from "./build-platforms.ts";

const HOST = { os: "linux", architecture: "amd64" };

function asked(platform?: string, value?: string): string {
  const buildArgs: Record<string, string> = value === undefined ? {} : { BUILDKIT_MULTI_PLATFORM: value };
  const job = { buildArgs, ...(platform !== undefined && { platform }) };
  const { platforms, isIndex } = buildPlatforms(job, HOST);
  return `${isIndex ? "index of" : "image for"} ${platforms.map(formatPlatform).join(" ")}`;
}

test("platforms are those that are asked for, each once and in one order, else this machine's", () => {
  assert.equal(asked(), "image for linux/amd64");
  assert.equal(asked("linux/arm64"), "image for linux/arm64");
  assert.equal(asked("linux/arm64, amd64 ,linux/x86_64"), "index of linux/amd64 linux/arm64");
  assert.equal(asked("linux/amd64,linux/x86_64"), "image for linux/amd64");
  assert.throws(() => asked("linux/amd64,a/b/c/d"), { code: "user-bad-reference" });
});

test("BUILDKIT_MULTI_PLATFORM makes an index of one image", () => {
  assert.equal(asked("arm64", "1"), "index of linux/arm64");
  assert.equal(asked("arm64", "false"), "image for linux/arm64");
  assert.throws(() => asked(undefined, "yes"), { code: "user-bad-flag" });
});
