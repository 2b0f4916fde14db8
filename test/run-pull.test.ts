import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { startDockerRegistry } from "./docker-registry.ts";
import { folder, has } from "./harness.ts";
import { boxImage, skip, tare } from "./running.ts";

test(
  "an image that is not here is fetched before it runs, from an archive or a registry, unless --pull says no",
  skip,
  async (t) => {
    using place = folder({});
    boxImage();
    const archive = join(place.path, "box.tar");
    assert.equal(tare(["save", "-o", archive, "run-box"]).status, 0);
    const elsewhere = ["--root", join(place.path, "store")];
    const echo = (name: string, ...flags: readonly string[]) => {
      const { status, stdout, stderr } = tare([
        "run",
        "--rm",
        ...elsewhere,
        ...flags,
        name,
        "sh",
        "-c",
        "echo hi",
      ]);
      return { status, stdout, stderr };
    };
    const taken = echo(archive);
    assert.deepEqual([taken.status, taken.stdout], [0, "hi\n"], taken.stderr);
    const missing = echo("run-box", "--pull", "never");
    assert.equal(missing.status, 125);
    assert.match(missing.stderr, /no such image: run-box/);
    if (!has("docker-registry")) return t.skip("docker-registry is missing");
    await using registry = await startDockerRegistry({ secure: false });
    const name = `${registry.host}/box:1`;
    assert.equal(tare(["tag", "run-box", name]).status, 0);
    assert.equal(tare(["push", name]).status, 0);
    assert.equal(tare(["rmi", name]).status, 0);
    assert.equal(echo(name, "--pull", "never").status, 125);
    const fetched = echo(name);
    assert.deepEqual([fetched.status, fetched.stdout], [0, "hi\n"], fetched.stderr);
    assert.match(fetched.stderr, /pulling/);
    assert.doesNotMatch(echo(name).stderr, /pulling/);
    assert.match(echo(name, "--pull", "always").stderr, /pulling/);
    assert.equal(echo(name, "-q", "--pull", "always").stderr, "");
    assert.equal(echo(`${registry.host}/nothing`).status, 125);
  },
);
