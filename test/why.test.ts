import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import {
  explainPaths,
  type FileReason,
  loadImages,
  pullImage,
  pushImage,
  saveImages,
  weighImage,
} from "../src/api/index.ts";
import { startDockerRegistry } from "./docker-registry.ts";
import { buildImage, folder, has, TARE } from "./harness.ts";
import { skopeo } from "./skopeo.ts";

/** An image of two stages with a package, a program of this machine and what it needs. */
const CONTEXT = {
  Dockerfile: [
    "FROM scratch AS files",
    "COPY data /data",
    "FROM scratch",
    "COPY --from=files /data \\",
    "     /srv",
    "COPY package.json /app/node_modules/left/",
  ].join("\n"),
  "data/a.txt": "abc",
  "package.json": '{"name": "left", "version": "1.0.0"}',
};

async function answers(request: {
  readonly image: string;
  readonly root: string;
}): Promise<readonly unknown[]> {
  const found = (await explainPaths({
    ...request,
    paths: ["/srv/a.txt"],
    environment: process.env,
  })) as readonly FileReason[];
  return found.map(({ layer }) => [layer.kind, layer.place]);
}

const EXPECTED = [["copy", "Dockerfile:4-5, stage 1, out of files"]];

test("what BuildKit has attached to an image in a registry is read when it is pulled", {
  skip: !(has("docker-registry") && has("skopeo")) && "docker-registry or skopeo is missing",
}, async () => {
  using place = folder({});
  await using registry = await startDockerRegistry({ secure: false });
  const sample = join(import.meta.dirname, "../src/api/archives/testdata/buildkit-v1.tar.gz");
  const archive = join(place.path, "sample.tar");
  writeFileSync(archive, gunzipSync(readFileSync(sample)));
  const name = `${registry.host}/built:1`;
  const flags = ["copy", "-q", "--all", "--insecure-policy", "--dest-tls-verify=false"];
  await skopeo([...flags, `oci-archive:${archive}`, `docker://${name}`]);
  const root = join(place.path, "root");
  await pullImage({ name, root, environment: process.env });
  const [found] = await explainPaths({
    image: name,
    root,
    paths: ["/opt/app/lib.txt"],
    environment: process.env,
  });
  assert.equal((found as FileReason).layer.place, "Dockerfile:11, stage final, out of build");
});

test("an image says which line wrote a file, and so do an archive of it and a registry", async () => {
  using place = folder({});
  using context = folder(CONTEXT);
  const [one, archive] = [join(place.path, "one"), join(place.path, "app.tar")];
  const hasRegistry = has("docker-registry");
  await using registry = hasRegistry ? await startDockerRegistry({ secure: false }) : undefined;
  const name = `${registry?.host ?? "localhost"}/why:1`;
  await buildImage({
    context: context.path,
    tags: [name],
    root: one,
    provenance: "min",
    outputs: [{ type: "oci", dest: archive }],
  });
  assert.deepEqual(await answers({ image: name, root: one }), EXPECTED);
  assert.deepEqual(await answers({ image: archive, root: join(place.path, "two") }), EXPECTED);
  const loaded = { root: join(place.path, "loaded"), source: { path: archive } };
  const [{ id = "" } = {}] = await loadImages(loaded);
  assert.deepEqual(await answers({ image: id, root: loaded.root }), EXPECTED);
  for (const format of ["oci-archive", "oci-dir"] as const) {
    const output = join(place.path, format);
    await saveImages({ root: one, images: [name], format, output, provenance: true });
    const copied = { root: join(place.path, `${format}-loaded`), source: { path: output } };
    const [{ id: copy = "" } = {}] = await loadImages(copied);
    assert.deepEqual(await answers({ image: copy, root: copied.root }), EXPECTED);
  }
  const unfit = { root: one, images: [name], output: join(place.path, "docker.tar"), provenance: true };
  await assert.rejects(saveImages(unfit), { code: "user-bad-flag" });
  using above = folder({ Dockerfile: `FROM ${name}\nCOPY x /x\n`, x: "x" });
  await buildImage({ context: above.path, tags: ["above"], root: one });
  const inherited = await answers({ image: "above", root: one });
  assert.deepEqual(inherited, [["copy", `${EXPECTED[0]?.[1]}, of ${name}`]]);
  const weight = await weighImage({ image: name, root: one });
  assert.deepEqual(
    weight.rows.map(({ kind, title, size }) => [kind, title, size]),
    [
      ["package", "left 1.0.0", 36],
      ["copy", "COPY /data /srv", 3],
    ],
  );
  if (!registry) return;
  const pushed = await pushImage({ name, root: one, environment: process.env, provenance: {} });
  assert.equal(pushed[0]?.documents.length, 1);
  const three = join(place.path, "three");
  await pullImage({ name, root: three, environment: process.env });
  assert.deepEqual(await answers({ image: name, root: three }), EXPECTED);
});

test("a file that was copied from stage to stage is followed to the package or the file that it is from", async () => {
  using place = folder({});
  const root = join(place.path, "store");
  using base = folder({
    Dockerfile: "FROM scratch\nCOPY . /\n",
    "usr/bin/tool": "tool",
    "var/lib/dpkg/status.d/tool": "Package: tool\nVersion: 1.2\nArchitecture: all\n",
    "var/lib/dpkg/status.d/tool.md5sums": `${"0".repeat(32)}  usr/bin/tool\n`,
  });
  await buildImage({ context: base.path, tags: ["why-base:1"], root });
  const lines = [
    "FROM why-base:1 AS build",
    "COPY src conf/*.txt /out/",
    "FROM scratch AS middle",
    "COPY --from=build /out /opt/",
    "COPY --link --from=build /usr/bin/tool /opt/bin/",
    "FROM scratch",
    "COPY --from=middle /opt/ /srv/",
    "COPY --from=middle /opt/b* /etc/",
  ];
  using context = folder({
    Dockerfile: lines.join("\n"),
    "src/deep/a.js": "a",
    "conf/b.txt": "b",
  });
  await buildImage({ context: context.path, tags: ["why-chain:1"], root });
  const asked = ["/srv/deep/a.js", "/srv/b.txt", "/srv/bin/tool", "/etc/b.txt"];
  const request = { image: "why-chain:1", root, paths: asked, environment: process.env };
  const told = async () =>
    ((await explainPaths(request)) as readonly FileReason[]).map(({ before = [], context: file }) => [
      ...before.map((step) =>
        [step.title, step.place, step.path, step.package?.name].filter(Boolean).join("; "),
      ),
      file?.join(),
    ]);
  const fromSource = "COPY src conf/*.txt /out/; Dockerfile:2, stage build; out/";
  const fromBuild = "COPY --from=build /out /opt/; Dockerfile:4, stage middle; opt/";
  assert.deepEqual(await told(), [
    [`${fromBuild}deep/a.js`, `${fromSource}deep/a.js`, "src/deep/a.js"],
    [`${fromBuild}b.txt`, `${fromSource}b.txt`, "conf/b.txt"],
    [
      "COPY --link --from=build /usr/bin/tool /opt/bin/; Dockerfile:5, stage middle; opt/bin/tool",
      "FROM docker.io/library/why-base:1; Dockerfile:1, stage build; usr/bin/tool; tool",
      undefined,
    ],
    [`${fromBuild}b.txt`, `${fromSource}b.txt`, "conf/b.txt"],
  ]);
  // Where nothing but a comment is new, nothing runs, and the lines are those of today.
  writeFileSync(join(context.path, "Dockerfile"), ["# new", ...lines].join("\n"));
  await buildImage({ context: context.path, tags: ["why-chain:1"], root });
  assert.match(String((await told())[0]?.[1]), /Dockerfile:3, stage build/);
});

test("the commands print answers, and say by their exit code that a path or an explanation is missing", async () => {
  using place = folder({});
  using context = folder(CONTEXT);
  const root = join(place.path, "store");
  await buildImage({ context: context.path, tags: ["app"], root });
  const tare = (...words: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(TARE, words, {
      encoding: "utf8",
      env: { ...process.env, TARE_ROOT: root },
    });
    return { status, stdout, stderr };
  };
  const why = tare("why", "app", "/srv/a.txt", "/srv/b.txt");
  assert.equal(why.status, 1, why.stderr);
  assert.match(why.stdout, /^\/srv\/a\.txt: file of 3B\n {2}layer {5}1: COPY \/data \/srv \(Dockerfile:4-5,/);
  assert.match(why.stdout, /\/srv\/b\.txt: not in the image\n {2}near {6}\/srv\/a\.txt/);
  const json = JSON.parse(tare("why", "--format=json", "app", "/app/**").stdout);
  assert.ok(json.some(({ package: found }: FileReason) => found?.purl === "pkg:npm/left@1.0.0"));
  const table = tare("weigh", "--max-unexplained", "0", "app");
  assert.deepEqual([table.status, table.stderr], [0, ""]);
  assert.match(table.stdout, /\nunexplained: 0 B\n$/);
  assert.match(
    tare("weigh", "--format", "markdown", "app").stdout,
    /\| 36B \| 92\.3% \| 1 \| package \| left 1\.0\.0/,
  );
  for (const words of [
    ["why", "app"],
    ["weigh"],
    ["weigh", "--max-unexplained=x", "app"],
    ["why", "nothing:1", ""],
  ]) {
    const refused = tare(...words);
    assert.deepEqual([refused.status, refused.stdout], [1, ""], words.join(" "));
    assert.match(refused.stderr, /^ERROR: .*\n(?:.*\n)*hint: /);
  }
  assert.ok(existsSync(root));
});
