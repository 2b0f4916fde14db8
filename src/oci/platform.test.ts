import assert from "node:assert/strict";
import { test } from "node:test";
import { fittingPlatform, formatPlatform, parsePlatform, platformOf, samePlatform } from "./platform.ts";
import type { Platform } from "./types.ts";

const HOST: Platform = { os: "linux", architecture: "amd64" };

test("platforms are read with the names and variants that containerd knows", () => {
  const cases: readonly (readonly [text: string, formatted: string])[] = [
    ["linux/amd64", "linux/amd64"],
    ["linux/x86_64", "linux/amd64"],
    ["Linux/X86-64", "linux/amd64"],
    ["linux/amd64/v1", "linux/amd64"],
    ["linux/amd64/v3", "linux/amd64/v3"],
    ["linux/arm64", "linux/arm64"],
    ["linux/aarch64", "linux/arm64"],
    ["linux/arm64/v8", "linux/arm64"],
    ["linux/arm64/8", "linux/arm64"],
    ["linux/arm64/v9", "linux/arm64/v9"],
    ["linux/arm", "linux/arm/v7"],
    ["linux/arm/v6", "linux/arm/v6"],
    ["linux/arm/6", "linux/arm/v6"],
    ["linux/armhf", "linux/arm/v7"],
    ["linux/armel", "linux/arm/v6"],
    ["linux/i386", "linux/386"],
    ["linux/riscv64", "linux/riscv64"],
    ["windows/amd64", "windows/amd64"],
    ["macos/arm64", "darwin/arm64"],
    ["linux/constructor", "linux/constructor"],
    ["arm64", "linux/arm64"],
    ["x86_64", "linux/amd64"],
    ["arm", "linux/arm/v7"],
    ["s390x", "linux/s390x"],
    ["linux", "linux/amd64"],
    ["windows", "windows/amd64"],
    ["darwin", "darwin/amd64"],
  ];
  for (const [text, formatted] of cases)
    assert.equal(formatPlatform(parsePlatform(text, HOST)), formatted, text);
});

test("an operating system alone has the host's architecture", () => {
  const host: Platform = { os: "linux", architecture: "arm", variant: "v7" };
  assert.deepEqual(parsePlatform("linux", host), host);
});

test("what is written is what is read again", () => {
  for (const text of [
    "linux/amd64",
    "linux/arm64",
    "linux/arm/v6",
    "linux/386",
    "darwin/arm64",
    "windows(10.0.20348.2655)/amd64",
  ])
    assert.equal(formatPlatform(parsePlatform(text, HOST)), text);
});

test("malformed platforms are errors", () => {
  for (const text of [
    "",
    "/",
    "linux/",
    "/amd64",
    "linux/a b",
    "linux/arm/v7/x",
    "linux//v7",
    "*",
    "linux/é",
    "windows()/amd64",
    "windows(10.0/amd64",
    "windows(a b)/amd64",
    "windows/amd64(10.0)",
  ])
    assert.throws(
      () => parsePlatform(text, HOST),
      { code: "user-bad-reference", message: `invalid platform ${JSON.stringify(text)}` },
      text,
    );
});

test("a word alone is an operating system or an architecture", () => {
  for (const text of ["all", "amd46", "constructor", "tostring"])
    assert.throws(() => parsePlatform(text, HOST), {
      code: "user-bad-reference",
      message: `invalid platform "${text}": unknown operating system or architecture`,
    });
});

test("a machine's word gives its platform", () => {
  const cases = ["x64", "arm64", "arm", "ia32", "riscv64"].map((arch) => formatPlatform(platformOf(arch)));
  assert.deepEqual(cases, ["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/386", "linux/riscv64"]);
});

test("of images for several versions of Windows the newest of the wanted build fits", () => {
  const images = ["10.0.17763.9", "10.0.17763.100", "10.0.20348.1", undefined].map((version) => ({
    platform: { os: "windows", architecture: "amd64", ...(version && { "os.version": version }) },
  }));
  const chosen = (text: string) =>
    fittingPlatform(images, parsePlatform(text, HOST))?.platform["os.version" as "os"];
  assert.equal(chosen("windows/amd64"), "10.0.20348.1");
  assert.equal(chosen("windows(10.0.17763)/amd64"), "10.0.17763.100");
  assert.equal(chosen("windows(10.0.17763.9)/amd64"), "10.0.17763.9");
  assert.equal(chosen("windows(10.0.14393)/amd64"), undefined);
  assert.equal(
    fittingPlatform(images.slice(0, 3), parsePlatform("windows(10.0.14393)/amd64", HOST)),
    undefined,
  );
});

test("implied variants make no difference, others do", () => {
  const same = (a: string, b: string) => {
    const [first, second] = [a, b].map((text) => {
      const [os = "", architecture = "", variant] = text.split("/");
      return { os, architecture, ...(variant !== undefined && { variant }) };
    });
    return samePlatform(first as Platform, second as Platform);
  };
  assert.equal(same("linux/arm64", "linux/arm64/v8"), true);
  assert.equal(same("linux/amd64/v1", "linux/amd64"), true);
  assert.equal(same("linux/arm", "linux/arm/v7"), true);
  assert.equal(same("linux/arm/v6", "linux/arm/v7"), false);
  assert.equal(same("linux/amd64", "linux/arm64"), false);
  assert.equal(same("linux/amd64", "windows/amd64"), false);
});
