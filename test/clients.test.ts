import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { startDockerd } from "./dockerd.ts";
import { buildImage, folder, has, isRoot, rootTest, run } from "./harness.ts";

const CONTEXT = {
  Dockerfile: 'FROM scratch\nCOPY a /dir/\nENTRYPOINT ["/dir/a"]\nLABEL k=v\n',
  a: "content",
};

test("skopeo reads an OCI layout, an OCI archive and a docker archive", {
  skip: !has("skopeo") && "skopeo is missing",
}, async () => {
  using context = folder(CONTEXT);
  using out = folder({});
  const at = (name: string) => join(out.path, name);
  const outputs = [
    { type: "oci", dest: at("layout"), tar: false },
    { type: "oci", dest: at("oci.tar") },
    { type: "docker", dest: at("docker.tar") },
  ] as const;
  const { result } = await buildImage({ context: context.path, tags: ["clients:1"], outputs });
  for (const name of [
    `oci:${at("layout")}:1`,
    `oci-archive:${at("oci.tar")}:1`,
    `docker-archive:${at("docker.tar")}`,
  ]) {
    const { stdout } = await run("skopeo", ["inspect", "--config", name]);
    assert.deepEqual(JSON.parse(stdout).config.Entrypoint, ["/dir/a"], name);
    await run("skopeo", ["copy", name, `dir:${at(`copy-${name.split(":")[0]}`)}`]);
  }
  assert.match(result.imageId ?? "", /^sha256:/);
});

test("umoci unpacks an OCI layout", { skip: !has("umoci") && "umoci is missing" }, async () => {
  using context = folder(CONTEXT);
  using out = folder({});
  const layout = join(out.path, "layout");
  await buildImage({
    context: context.path,
    tags: ["clients:2"],
    outputs: [{ type: "oci", dest: layout, tar: false }],
  });
  await run("umoci", [
    "unpack",
    ...(isRoot ? [] : ["--rootless"]),
    "--image",
    `${layout}:2`,
    join(out.path, "bundle"),
  ]);
  assert.equal(await readFile(join(out.path, "bundle/rootfs/dir/a"), "utf8"), "content");
});

test("a plain tar and a local folder hold the root file system", async () => {
  using context = folder(CONTEXT);
  using out = folder({});
  const tar = join(out.path, "root.tar");
  const local = join(out.path, "local");
  await buildImage({
    context: context.path,
    outputs: [
      { type: "tar", dest: tar },
      { type: "local", dest: local },
    ],
  });
  assert.match((await run("tar", ["-tvf", tar])).stdout, /-rw-r--r-- 0\/0 +7 .* dir\/a/);
  assert.equal(await readFile(join(local, "dir/a"), "utf8"), "content");
});

rootTest("docker loads a docker archive", { skip: !has("dockerd") && "dockerd is missing" }, async () => {
  using context = folder(CONTEXT);
  using out = folder({});
  const archive = join(out.path, "docker.tar");
  const { result } = await buildImage({
    context: context.path,
    tags: ["clients:3"],
    outputs: [{ type: "docker", dest: archive }],
  });
  await using daemon = await startDockerd(join(out.path, "docker"));
  await daemon.docker(["load", "-i", archive]);
  assert.equal((await daemon.docker(["inspect", "--format", "{{.Id}}", "clients:3"])).trim(), result.imageId);
});
