import assert from "node:assert/strict";
import { test } from "node:test";
import { builderArgumentNotices } from "./builder-arguments.ts";
import { refuseForeignSyntax } from "./foreign-syntax.ts";

function notices(
  buildArgs: Readonly<Record<string, string>>,
  source = "FROM scratch",
  sbom: readonly "spdx"[] = [],
) {
  return builderArgumentNotices({ buildArgs, dockerfile: { file: "Dockerfile", source }, sbom }).join("\n");
}

test("a build argument for the builder that has no effect here is told of", () => {
  assert.match(
    notices({ BUILDKIT_BUILD_NAME: "n" }),
    /BUILDKIT_BUILD_NAME has no effect: there is no list of builds/,
  );
  assert.match(notices({ BUILDKIT_SBOM_SCAN_STAGE: "true" }), /BUILDKIT_SBOM_SCAN_STAGE has no effect/);
  assert.match(notices({ BUILDKIT_SBOM_SCAN_CONTEXT: "true" }), /BUILDKIT_SBOM_SCAN_CONTEXT has no effect/);
  assert.match(
    notices({ BUILDKIT_SANDBOX_HOSTNAM: "h" }),
    /not known here, and the Dockerfile does not use it/,
  );
});

test("one that has an effect, is off, or is the Dockerfile's own is not", () => {
  const honoured = ["SYNTAX", "INLINE_CACHE", "SANDBOX_HOSTNAME", "DOCKERFILE_CHECK", "CONTEXT_KEEP_GIT_DIR"];
  for (const name of [...honoured, "CACHE_MOUNT_NS", "MULTI_PLATFORM"])
    assert.equal(notices({ [`BUILDKIT_${name}`]: "1" }), "", name);
  assert.equal(notices({ BUILDKIT_SBOM_SCAN_STAGE: "false", OTHER: "1" }), "");
  assert.equal(notices({ BUILDKIT_VERSION: "1" }, "ARG BUILDKIT_VERSION\nFROM scratch"), "");
});

test("an ARG that asks for stages in the SBOM is told of where there is one", () => {
  const source = "FROM scratch\nARG BUILDKIT_SBOM_SCAN_STAGE=true";
  assert.match(
    notices({}, source, ["spdx"]),
    /BUILDKIT_SBOM_SCAN_STAGE has no effect: an SBOM is of the image alone/,
  );
  assert.equal(notices({}, source), "");
});

test("BUILDKIT_SYNTAX wins over the file's syntax, and only docker/dockerfile is read", () => {
  const check = (source: string, BUILDKIT_SYNTAX?: string) =>
    refuseForeignSyntax({
      dockerfile: { file: "Dockerfile", source },
      buildArgs: BUILDKIT_SYNTAX === undefined ? {} : { BUILDKIT_SYNTAX },
    });
  const foreign = { code: "user-unsupported", message: "the syntax x/y:1 is a frontend of its own" };
  assert.throws(() => check("# syntax=x/y:1\nFROM scratch"), foreign);
  assert.throws(() => check("# syntax=docker/dockerfile:1\nFROM scratch", "x/y:1 more"), foreign);
  check("# syntax=x/y:1\nFROM scratch", "docker/dockerfile:1.7-labs");
  check("# syntax=docker/dockerfile:1\nFROM scratch", "");
});
