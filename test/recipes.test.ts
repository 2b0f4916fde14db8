import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { mapConcurrent } from "../src/base/index.ts";
import { isPackageFile, readPackages } from "../src/sbom/index.ts";
import { ALL, compose, NONROOT, OTHER, RELEASES } from "./composed.ts";
import { runIn } from "./containers.ts";
import { BASE, buildImage, configOf, filesOf, folder, rootTest, run } from "./harness.ts";

const NAMES = [
  ...["static", "base-nossl", "base", "cc", "python", "node", "node-debian"],
  ...["java-base", "java", "nginx", "mariadb", "redis"],
];

/** Of what is composed without being run a part will do, as root; all of it takes minutes: TARE_TEST_ALL=1. */
const SMALL = ["static", "base-nossl", "base", "cc", "python", "java-base", "nginx", "mariadb", "redis"];

const STATICALLY = ALL
  ? NAMES.flatMap((name) => [`${name}:12`, `${name}:13`])
  : [...SMALL, ...["node", "node-debian", "java"].map((name) => `${name}:12`)];

const DEBUGGED = ALL
  ? NAMES.flatMap((name) => [`${name}:12-debug`, `${name}:13-debug`])
  : ["static:12-debug", "python:13-debug", "mariadb:13-debug"];

/** What has no place in a base image, wherever it is. */
const TOOLS =
  /(?:^|\/)(?:(?:ba|da|a|k|z)?sh|busybox|apt(?:-get)?|dpkg(?:-.*)?|apk|pip3?|npm|find|ls|cat|wget|curl|perl|env)$/;

rootTest("every recipe is complete, without shell, package manager and tools", async () => {
  const every = NAMES.flatMap((name) => RELEASES.map((release) => `${name}:${release}`));
  await mapConcurrent(every, 2, async (name) => {
    const { id } = await compose(name);
    const entries = await filesOf(id);
    assert.deepEqual(tools(entries), [], name);
    for (const path of ["usr/lib/os-release", "etc/passwd", "etc/group", "home/nonroot", "tmp"])
      assert.ok(
        entries.some((entry) => entry.path === path),
        `${name} has ${path}`,
      );
  });
});

rootTest("every recipe is complete for the other architecture, too", async () => {
  await mapConcurrent(STATICALLY, 2, async (name) => {
    const { id } = await compose(name, { platform: OTHER });
    assert.equal((await configOf(id)).architecture, OTHER);
    assert.deepEqual(tools(await filesOf(id)), [], name);
  });
});

rootTest("a variant debug has a shell and tools out of the way, and starts the shell", async () => {
  await mapConcurrent(DEBUGGED, 2, async (name) => {
    const { image, id } = await compose(name);
    const found = tools(await filesOf(id)).filter((path) => !path.startsWith("busybox/"));
    assert.deepEqual(found, ["usr/bin/busybox"], name);
    const script = ["-c", "ls /etc/passwd && id -u && cat /etc/os-release | grep ^ID="];
    const { code, stdout } = await runIn(image, script, { flags: NONROOT });
    assert.deepEqual([code, stdout], [0, "/etc/passwd\n65532\nID=debian\n"], name);
  });
});

rootTest(
  "layers may be one, one for each source package or one for each package, of the same files",
  async () => {
    using context = folder({ Dockerfile: "FROM tare/cc:12\n" });
    const trees: string[] = [];
    const counts: number[] = [];
    for (const baseLayers of ["single", "origin", "package"] as const) {
      const { result } = await buildImage({ context: context.path, baseLayers });
      const id = result.imageId as string;
      const { history = [], rootfs } = await configOf(id);
      assert.equal(history.length, rootfs.diff_ids.length);
      counts.push(history.length);
      trees.push(JSON.stringify((await filesOf(id)).map(({ offset: _offset, ...facts }) => facts)));
    }
    assert.equal(counts[0], 1);
    assert.ok((counts[1] as number) > 5 && (counts[2] as number) > (counts[1] as number), counts.join(" "));
    assert.equal(new Set(trees).size, 1);
  },
);

function tools(entries: Awaited<ReturnType<typeof filesOf>>): readonly string[] {
  return entries
    .filter(({ path, kind }) => kind !== "dir" && TOOLS.test(path) && !path.startsWith("usr/share/doc/"))
    .map(({ path }) => path);
}

rootTest(
  "the packages that scanners find are those that were composed, and their checksums are true",
  async () => {
    for (const name of ["python:12", "nginx:13"]) {
      using out = folder({ Dockerfile: `FROM tare/${name}\n` });
      const tar = join(out.path, "image.tar");
      const outputs = [{ type: "tar" as const, dest: tar }];
      const { result } = await buildImage({ context: out.path, outputs, tags: ["recipe-test-files"] });
      await run("tar", ["-x", "--no-same-owner", "--delay-directory-restore", "-f", tar, "-C", out.path]);
      const entries = await filesOf(result.imageId as string);
      const wanted = entries.filter(({ path, kind }) => kind === "file" && isPackageFile(path));
      const files = new Map(wanted.map(({ path }) => [path, readFileSync(join(out.path, path))]));
      const { packages, distribution } = readPackages(files);
      assert.equal(distribution?.id, "debian");
      const debian = packages.filter(({ type }) => type === "deb");
      const { history = [] } = await configOf(result.imageId as string);
      const composed = history.flatMap(({ comment = "" }) =>
        / \d/.test(comment) ? comment.split(", ") : [],
      );
      assert.ok(composed.length > 10);
      assert.deepEqual(debian.map((one) => `${one.name} ${one.version}`).sort(), composed.sort());
      for (const { name: owner } of debian) checkSums(out.path, owner);
      for (const owner of ["tzdata", "libc6"]) assert.ok(checkSums(out.path, owner) > 10, owner);
    }
  },
);

/** Checks the files that a package's record lists, and tells how many. */
function checkSums(root: string, owner: string): number {
  const file = join(root, "var/lib/dpkg/status.d", `${owner}.md5sums`);
  const lines = readFileSync(file, "utf8").trim().split("\n");
  for (const line of lines) {
    const [, sum, path = ""] = /^([0-9a-f]{32}) {2}(.+)$/.exec(line) ?? [];
    const found = createHash("md5")
      .update(readFileSync(join(root, path)))
      .digest("hex");
    assert.equal(found, sum, `${owner}: ${path}`);
  }
  return lines.length;
}

test("tools that are not there can not be run", async () => {
  const { image } = await compose("cc:13");
  for (const program of ["sh", "/usr/bin/env", "ls", "apt-get"])
    assert.equal((await runIn(image, [], { flags: ["--entrypoint", program] })).code, 127, program);
});

test("a program that needs only the C library runs on base-nossl", async () => {
  const steps = `COPY --from=${BASE} /usr/bin/env /env\nENTRYPOINT ["/env"]\n`;
  const { image } = await compose("base-nossl:13", { steps });
  const { code, stdout } = await runIn(image, [], { flags: NONROOT });
  assert.equal(code, 0);
  assert.match(stdout, /^SSL_CERT_FILE=\/etc\/ssl\/certs\/ca-certificates.crt$/m);
});
