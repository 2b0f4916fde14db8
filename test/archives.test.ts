import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startDockerd } from "./dockerd.ts";
import { buildImage, filesOf, folder, has, ROOT, rootTest, run, TARE } from "./harness.ts";

const CONTEXT = {
  Dockerfile:
    "FROM scratch\nCOPY a /dir/\nLABEL k=v\nEXPOSE 80\nVOLUME /v\nHEALTHCHECK --interval=5s CMD x\n",
  a: "content",
};

function tare(args: readonly string[], root = ROOT) {
  const { status, stdout, stderr } = spawnSync(TARE, [...args, "--root", root], { maxBuffer: 1 << 28 });
  return { status, stdout, text: stdout.toString(), stderr: stderr.toString() };
}

test("what save writes, skopeo and load read: archives, layouts, several images, pipes", {
  skip: !has("skopeo") && "skopeo is missing",
}, async () => {
  using context = folder(CONTEXT);
  using out = folder({});
  const at = (name: string) => join(out.path, name);
  const [{ result: one }, { result: two }] = [
    await buildImage({ context: context.path, tags: ["archives:1", "archives:2"] }),
    await buildImage({ context: context.path, tags: ["archives-other:1"], labels: { more: "x" } }),
  ];
  const wanted = ["archives", "archives-other:1"];
  for (const [args, source] of [
    [["-o", at("docker.tar")], `docker-archive:${at("docker.tar")}:archives:2`],
    [["--format", "oci-archive", "-o", at("oci.tar")], undefined],
    [["--format", "oci-dir", "-o", at("layout")], undefined],
  ] as const) {
    const saved = tare(["save", ...args, ...wanted]);
    assert.equal(saved.status, 0, saved.stderr);
    if (source !== undefined) await run("skopeo", ["copy", source, `dir:${at("copy")}`]);
    const loaded = tare(["load", "-q", "-i", args.at(-1) as string], at("store"));
    assert.equal(
      loaded.text,
      "Loaded image: archives:1\nLoaded image: archives:2\nLoaded image: archives-other:1\n",
    );
    assert.equal(loaded.stderr, "");
  }
  for (const { imageId } of [one, two])
    assert.deepEqual(await filesOf(imageId as string, at("store")), await filesOf(imageId as string));
  await run("skopeo", ["copy", `oci:${at("layout")}:2`, `docker-archive:${at("by-skopeo.tar")}:by/skopeo:3`]);
  assert.equal(
    tare(["load", "-q", "-i", at("by-skopeo.tar")], at("store")).text,
    "Loaded image: by/skopeo:3\n",
  );
  execFileSync("sh", [
    "-c",
    `umask 077; "$0" save --root "$1" -o "$2" archives:1`,
    TARE,
    ROOT,
    at("own.tar"),
  ]);
  assert.equal(statSync(at("own.tar")).mode & 0o777, 0o600);
  const piped = execFileSync("sh", [
    "-c",
    `"$0" save --root "$1" archives:1 | gzip | "$0" load -q --root "$2"`,
    TARE,
    ROOT,
    at("store"),
  ]);
  assert.equal(piped.toString(), "Loaded image: archives:1\n");
  assert.equal(tare(["rmi", "archives:1", "archives:2", "archives-other:1"]).status, 0);
});

test("layers that RUN left are saved whoever owns their files", {
  skip: !has("busybox") && "busybox is missing",
}, async () => {
  const step = "mkdir /own && echo x > /own/f && chown 5:6 /own/f && chown 12:34 /own && chmod 700 /own";
  using context = folder({
    Dockerfile: `FROM scratch\nCOPY busybox /bin/\nRUN ["/bin/busybox", "sh", "-c", "export PATH=/bin; busybox --install /bin; ${step}"]\n`,
    busybox: (path) => execFileSync("sh", ["-c", 'cp "$(command -v busybox)" "$0"', path]),
  });
  const { result } = await buildImage({ context: context.path, tags: ["archives-run:1"] });
  const path = join(context.path, "run.tar");
  assert.equal(tare(["save", "-o", path, "archives-run:1"]).status, 0);
  const piped = tare(["save", "archives-run:1"]);
  assert.equal(piped.status, 0, piped.stderr);
  assert.ok(piped.stdout.equals(readFileSync(path)));
  assert.equal(tare(["rmi", "archives-run:1"]).text.split("\n")[1], `Deleted: ${result.imageId}`);
});

rootTest(
  "docker and tare read each other's archives, and say the same of an image",
  {
    skip: !has("dockerd") && "dockerd is missing",
  },
  async () => {
    using context = folder(CONTEXT);
    using out = folder({});
    const at = (name: string) => join(out.path, name);
    const { result } = await buildImage({ context: context.path, tags: ["archives-docker:1"] });
    assert.equal(tare(["save", "-o", at("ours.tar"), "archives-docker:1"]).status, 0);
    await using daemon = await startDockerd(at("docker"));
    await daemon.docker(["load", "-i", at("ours.tar")]);
    await daemon.docker(["tag", "archives-docker:1", "archives-docker:2"]);
    await daemon.docker(["save", "-o", at("theirs.tar"), "archives-docker"]);
    const loaded = tare(["load", "-q", "-i", at("theirs.tar")], at("store"));
    assert.equal(
      loaded.text,
      "Loaded image: archives-docker:1\nLoaded image: archives-docker:2\n",
      loaded.stderr,
    );
    assert.deepEqual(
      await filesOf("archives-docker:2", at("store")),
      await filesOf(result.imageId as string),
    );
    for (const format of [
      "{{.Id}} {{.RepoTags}} {{.Comment}} {{.Created}} {{.Author}} {{.Architecture}} {{.Os}}",
      "{{json .Config}} {{json .RootFS}} {{.Config.Env}} {{.Config.Labels}} {{.Config.Volumes}} {{json .Config.Healthcheck}}",
      '{{range $i, $e := .Config.Env}}{{$i}}={{$e}}{{end}} {{index .Config.Labels "k"}} {{len .RootFS.Layers}} {{.Config.Cmd}}',
    ])
      assert.equal(
        tare(["inspect", "-f", format, "archives-docker:1"], at("store")).text,
        await daemon.docker(["inspect", "-f", format, "archives-docker:1"]),
      );
    const history = [
      "--no-trunc",
      "--format",
      "{{.ID}} {{.CreatedBy}} {{.Size}} {{.Comment}}",
      "archives-docker:1",
    ];
    assert.equal(
      tare(["history", ...history], at("store")).text,
      await daemon.docker(["history", ...history]),
    );
  },
);

test("diff tells what two images differ in, and what the last layer of one has changed", async () => {
  const dockerfile = (text: string) => `FROM scratch\nCOPY a kept /dir/\nCOPY ${text} /dir/\n`;
  using one = folder({ Dockerfile: dockerfile("b"), a: "a", kept: "k", b: "b" });
  using two = folder({ Dockerfile: dockerfile("c"), a: "A", kept: "k", c: "ccc" });
  await buildImage({ context: one.path, tags: ["archives-diff:1"] });
  await buildImage({ context: two.path, tags: ["archives-diff:2"] });
  const both = tare(["diff", "archives-diff:1", "archives-diff:2"]);
  assert.equal(
    both.text,
    "C /dir/a (content)\nD /dir/b (-1B)\nA /dir/c (+3B)\n1 added (+3B), 1 changed (0B), 1 deleted (-1B)\n",
  );
  assert.equal(tare(["diff", "archives-diff:2"]).text, "A /dir/c (+3B)\n1 added (+3B)\n");
  assert.equal(tare(["diff", "archives-diff:1", "archives-diff:1"]).text, "no differences\n");
  const { changes } = JSON.parse(tare(["diff", "--format", "json", "archives-diff:2"]).text);
  assert.deepEqual([changes[0].path, changes[0].kind, changes[0].after.size], ["/dir/c", "added", 3]);
  assert.equal(tare(["rmi", "archives-diff:1", "archives-diff:2"]).status, 0);
});
