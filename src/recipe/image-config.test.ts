import assert from "node:assert/strict";
import { test } from "node:test";
import { readShipped, readText } from "./fixtures.ts";
import { recipeImageConfig } from "./image-config.ts";

const PLATFORM = { os: "linux", architecture: "amd64" };
const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

test("a Debian system starts its shell", async () => {
  assert.deepEqual(recipeImageConfig(await readShipped("tare/debian:13"), PLATFORM), {
    ...PLATFORM,
    config: { Env: [PATH], Cmd: ["bash"] },
    rootfs: { type: "layers", diff_ids: [] },
    history: [{ created_by: "tare compose debian:13", comment: "composed from signed Debian packages" }],
  });
});

test("everything that a recipe says of its containers is in the config", async () => {
  const text = `
extends: static
environment: { LANG: C.UTF-8, SSL_CERT_FILE: /own }
user: nonroot
workdir: /home/nonroot
entrypoint: [/a]
cmd: [b]
labels: { x: 1 }
ports: [80]
volumes: [/data/]
stop-signal: SIGQUIT
`;
  assert.deepEqual(recipeImageConfig(await readText(text), PLATFORM).config, {
    User: "65532",
    ExposedPorts: { "80/tcp": {} },
    Env: [PATH, "SSL_CERT_FILE=/own", "LANG=C.UTF-8"],
    Entrypoint: ["/a"],
    Cmd: ["b"],
    Volumes: { "/data": {} },
    WorkingDir: "/home/nonroot",
    Labels: { x: "1" },
    StopSignal: "SIGQUIT",
  });
});

test("the bundle of certificates is named, the busybox is in PATH", async () => {
  const { config } = recipeImageConfig(await readShipped("python:12-debug"), PLATFORM);
  assert.deepEqual(config?.Env, [
    `${PATH}:/busybox`,
    "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
    "LANG=C.UTF-8",
  ]);
});
