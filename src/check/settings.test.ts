import assert from "node:assert/strict";
import { test } from "node:test";
import type { Settings } from "../settings/index.ts";
import { baseOf } from "./base-image.ts";
import { findings, requestFor } from "./fixtures.ts";

const settings: Settings = {
  registries: [],
  file: "tare.yaml",
  bases: {
    wellKnown: true,
    map: [
      { images: "docker.io/library/web:*", recipe: "./web.yaml", source: "recipe:///p/web.yaml" },
      { images: "docker.io/library/python:3.11-slim", recipe: "python:12", source: "recipe://python:12" },
    ],
  },
};

test("a base is the recipe that the settings give its name", () => {
  const asked: string[] = [];
  const request = requestFor("", {
    settings,
    namedContexts: { "python:3.11-slim": "docker-image://alpine:3" },
    image: (name) => {
      asked.push(name);
      return undefined;
    },
  });
  const names = ["gcr.io/distroless/static:nonroot", "python:3.11-slim", "web:1", "debian:12", "alpine"];
  assert.deepEqual(
    names.map((name) => baseOf(request, name)),
    [
      { type: "image", name: "tare/static:nonroot", repository: "tare/static", tag: "nonroot" },
      { type: "image", name: "alpine:3", repository: "alpine", tag: "3" },
      { type: "unknown" },
      { type: "image", name: "tare/debian:12", repository: "tare/debian", tag: "12" },
      { type: "image", name: "alpine", repository: "alpine", tag: "latest" },
    ],
  );
  assert.deepEqual(asked, ["tare/static:nonroot", "alpine:3", "tare/debian:12", "alpine"]);
});

test("what is known of the recipe counts, not what is known of the name", () => {
  const source = "FROM python:3.11-slim\nCMD python3 app.py\n";
  assert.deepEqual(findings("ShellFormWithoutShell", source), []);
  assert.equal(findings("ShellFormWithoutShell", source, { settings }).length, 1);
  const debug = "FROM gcr.io/distroless/python3-debian12:debug\nCMD python3 app.py\n";
  assert.deepEqual(findings("ShellFormWithoutShell", debug, { settings }), []);
  assert.equal(findings("FullDistributionBase", 'FROM debian:12\nCOPY app /\nCMD ["/app"]\n').length, 1);
  assert.deepEqual(
    findings("FullDistributionBase", 'FROM debian:12\nCOPY app /\nCMD ["/app"]\n', { settings }),
    [],
  );
});
