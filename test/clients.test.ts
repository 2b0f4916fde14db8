import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { loadImages, saveImages } from "../src/api/index.ts";
import { startContainerd } from "./containerd.ts";
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

/** Somebody who takes archives and gives them. */
interface Client {
  load(archive: string): Promise<unknown>;
  /** The id, in the client's words. */
  id(): Promise<string>;
  /** Writes an archive for each of its forms. */
  save(folder: string): Promise<readonly string[]>;
}

/** What Tare writes somebody takes as the same image, and what that one writes Tare takes as the same. */
async function roundTrip(name: string, folderPath: string, client: Client): Promise<void> {
  using context = folder(CONTEXT);
  const at = (file: string) => join(folderPath, file);
  const root = at("made");
  const { result } = await buildImage({ context: context.path, tags: [name], root });
  for (const format of ["oci-archive", "docker-archive"] as const) {
    await saveImages({ images: [name], root, format, output: at(format) });
    await client.load(at(format));
    assert.ok((await client.id()).includes(result.imageId?.slice("sha256:".length) ?? "none"), format);
  }
  for (const [index, archive] of (await client.save(folderPath)).entries()) {
    const [loaded] = await loadImages({ source: { path: archive }, root: at(`loaded-${index}`) });
    assert.equal(loaded?.id, result.imageId, archive);
  }
}

rootTest(
  "podman takes what is written, and what it writes is taken",
  {
    skip: !has("podman") && "podman is missing",
  },
  async () => {
    using out = folder({});
    const at = (name: string) => join(out.path, name);
    const [name, own] = [
      "localhost/clients:4",
      ["--root", at("root"), "--runroot", at("run"), "--storage-driver=vfs"],
    ];
    const podman = async (...args: readonly string[]) => (await run("podman", [...own, ...args])).stdout;
    await roundTrip(name, out.path, {
      load: (archive) => podman("load", "-q", "-i", archive),
      id: () => podman("image", "inspect", "--format", "{{.Id}}", name),
      async save() {
        const formats = ["docker-archive", "oci-archive"];
        for (const format of formats)
          await podman("save", "-q", "--format", format, "-o", at(`podman-${format}`), name);
        return formats.map((format) => at(`podman-${format}`));
      },
    });
  },
);

rootTest(
  "containerd takes what is written, and what it writes is taken",
  {
    skip: !(has("ctr") && has("containerd")) && "containerd is missing",
  },
  async () => {
    using out = folder({});
    const name = "docker.io/library/clients:5";
    await using daemon = await startContainerd(join(out.path, "containerd"));
    await roundTrip(name, out.path, {
      load: (archive) => daemon.ctr("images", "import", "--snapshotter", "native", archive),
      id: async () => {
        const digest =
          /sha256:[0-9a-f]{64}/.exec(await daemon.ctr("images", "ls", `name==${name}`))?.[0] ?? "";
        return daemon.ctr("content", "get", digest);
      },
      async save(place) {
        const archive = join(place, "containerd.tar");
        await daemon.ctr("images", "export", archive, name);
        return [archive];
      },
    });
  },
);
