import assert from "node:assert/strict";
import { test } from "node:test";
import type { Settings } from "../settings/index.ts";
import { failure, plan } from "./fixtures.ts";

const settings: Settings = {
  registries: [],
  file: "tare.yaml",
  bases: {
    wellKnown: true,
    map: [
      { images: "docker.io/library/python:*", recipe: "./py.yaml", source: "recipe:///p/py.yaml" },
      { images: "docker.io/library/build:latest", recipe: "cc", source: "recipe://cc" },
    ],
  },
};

/** What each notice says, and the line that it is about. */
async function notices(source: string, request: Parameters<typeof plan>[1] = {}): Promise<readonly string[]> {
  const planned = await plan(source, { settings, ...request });
  return planned.notices.map(({ message, location }) => `${location?.range.start.line ?? "-"} ${message}`);
}

test("images in the tables are composed by their recipes, which is said at each FROM", async () => {
  const source =
    "ARG V=3.11\nFROM python:$V AS a\nFROM python:3.11 AS b\nFROM gcr.io/distroless/cc-debian12:nonroot\nCOPY --from=a / /\nCOPY --from=b / /\n";
  const { resolved } = await plan(source, { settings });
  assert.deepEqual(resolved, [
    "recipe://cc:12-nonroot linux/amd64",
    "recipe:///p/py.yaml linux/amd64",
    "recipe:///p/py.yaml linux/amd64",
  ]);
  assert.deepEqual(await notices(source), [
    "4 FROM gcr.io/distroless/cc-debian12:nonroot is composed by the recipe cc:12-nonroot (tare.yaml)",
    "2 FROM python:3.11 is composed by the recipe ./py.yaml (tare.yaml)",
    "3 FROM python:3.11 is composed by the recipe ./py.yaml (tare.yaml)",
  ]);
});

test("without settings every name is that of an image, and nothing is said", async () => {
  const { resolved, notices: said } = await plan("FROM debian:12");
  assert.deepEqual(resolved, ["docker-image://docker.io/library/debian:12 linux/amd64"]);
  assert.deepEqual(said, []);
});

test("a named context and a stage win over the tables", async () => {
  const source = "FROM scratch AS build\nFROM build AS next\nFROM python:3\nCOPY --from=next / /\n";
  const namedContexts = { "python:3": "docker-image://other:1" };
  const { resolved } = await plan(source, { settings, namedContexts });
  assert.deepEqual(resolved, ["docker-image://docker.io/library/other:1 linux/amd64"]);
  assert.deepEqual(await notices(source, { namedContexts }), []);
});

test("what is copied or mounted from an image is composed too, which is said once", async () => {
  const source =
    "FROM tare/debian\nCOPY --from=debian:12 /a /\nCOPY --from=debian:12 /b /\nRUN --mount=from=python:3,target=/p true\n";
  const { resolved } = await plan(source, { settings });
  assert.deepEqual(
    [...new Set(resolved)],
    [
      "recipe://debian:latest linux/amd64",
      "recipe://debian:12 linux/amd64",
      "recipe:///p/py.yaml linux/amd64",
    ],
  );
  assert.deepEqual(await notices(source), [
    "- --from=debian:12 is composed by the recipe debian:12 (tare.yaml)",
    "- --from=python:3 is composed by the recipe ./py.yaml (tare.yaml)",
  ]);
});

test("a digest is never composed, which is said", async () => {
  const name = `debian:12@sha256:${"0".repeat(64)}`;
  const { resolved } = await plan(`FROM ${name}`, { settings });
  assert.deepEqual(resolved, [`docker-image://docker.io/library/${name} linux/amd64`]);
  assert.deepEqual(await notices(`FROM ${name}`), [
    `1 FROM ${name} is named by its digest, so no recipe takes its place (tare.yaml)`,
  ]);
});

test("a version that no recipe has is an error at its place, not another version", async () => {
  assert.match(
    await failure("FROM scratch AS a\nFROM gcr.io/distroless/nodejs22-debian12\n", { settings }),
    /^2:1 resolve-image no recipe stands for gcr\.io\/distroless\/nodejs22-debian12 \| recipes stand for nodejs18/,
  );
});
