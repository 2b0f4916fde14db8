import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { analyseImage, type BuildEvent, compare, pushImage } from "../src/api/index.ts";
import { startDockerRegistry } from "./docker-registry.ts";
import { BASE, buildImage, folder, has, ROOT, run, TARE } from "./harness.ts";

const CONTEXT = {
  Dockerfile: [
    `FROM ${BASE} AS full`,
    "RUN head -c 300000 /dev/urandom > /noise && echo secret > /root/.netrc && chmod 4755 /usr/bin/env",
    "RUN rm /noise /root/.netrc && cp /usr/bin/env /usr/local/bin/copy && ln /usr/local/bin/copy /usr/local/bin/link",
    "FROM scratch AS small",
    "COPY --from=full /usr/local/bin/copy /app",
    "COPY text /text/",
    "USER 1000",
    "",
  ].join("\n"),
  text: "text\n".repeat(1000),
};

/** In dpkg's own notation. */
const FORMAT = ["Package", "Version"]
  .map((field) => `$\{${field}}`)
  .join(" ")
  .concat("\\n");

test("packages are those of dpkg-query; what was hidden is found; the second time the same is remembered", async () => {
  using context = folder(CONTEXT);
  await buildImage({ context: context.path, target: "full", tags: ["analysis:full"] });
  const image = { root: ROOT, image: "analysis:full" };
  const first = await analyseImage(image);
  const { packages, hidden, secrets } = first;
  const query = ["run", "--root", ROOT, "analysis:full", "dpkg-query", "-f", FORMAT, "-W"];
  const { stdout } = await run(TARE, query);
  assert.deepEqual(
    packages.map(({ name, version }) => `${name} ${version}`).sort(),
    stdout.trim().split("\n").sort(),
  );
  assert.ok(hidden.some(({ path, by, how }) => path === "noise" && by === 2 && how === "removed"));
  assert.deepEqual(
    secrets.map(({ path, isHidden }) => [path, isHidden]),
    [["root/.netrc", true]],
  );
  assert.equal(first.files.find(({ path }) => path === "usr/bin/env")?.mode, 0o4755);
  assert.deepEqual(await analyseImage(image), first);
});

test("an image is the same from the store, a folder, an archive, a registry and a build", {
  skip: !has("docker-registry") && "docker-registry is missing",
}, async () => {
  await using registry = await startDockerRegistry({ secure: false });
  using context = folder({
    ...CONTEXT,
    Dockerfile: "FROM scratch AS one\nCOPY text /text\nFROM one AS two\nCOPY text /more\n",
  });
  using place = folder({});
  const at = (name: string) => join(place.path, name);
  const name = `${registry.host}/analysis:1`;
  const root = at("store");
  await buildImage({
    context: context.path,
    root,
    tags: [name],
    outputs: [
      { type: "oci", dest: at("layout"), tar: false },
      { type: "docker", dest: at("app.tar") },
    ],
  });
  await pushImage({ name, root, environment: process.env });
  const events: BuildEvent[] = [];
  const other = at("other");
  const request = { root: other, environment: process.env, build: { context: context.path } };
  const images = [name, `${at("layout")}:1`, at("app.tar"), "build:two", "build:one"];
  const { metrics, changes } = await compare({ ...request, images }, (event) => events.push(event));
  const sizes = metrics.find(({ id }) => id === "size")?.values;
  assert.deepEqual(sizes, [10_000, 10_000, 10_000, 10_000, 5000]);
  const compressed = metrics.find(({ id }) => id === "compressed");
  assert.deepEqual(compressed?.estimated, Array(5).fill(false));
  assert.equal(new Set(compressed?.values.slice(0, 4)).size, 1);
  assert.deepEqual(
    changes.map(({ gone, came, changed }) => gone.length + came.length + changed.length),
    [0, 0, 0, 1],
  );
  assert.ok(events.some((event) => event.type === "step-progress" && event.what === "bytes"));
  await assert.rejects(compare({ ...request, images: [name, `${registry.host}/nothing:1`] }), {
    code: "resolve-image",
  });
});

test("the commands: gates are exit code 2, json is what it was counted from, bad input is refused with a hint", () => {
  using context = folder(CONTEXT);
  const tare = (...args: readonly string[]) => {
    const env = { ...process.env, TARE_ROOT: ROOT, LC_ALL: "C" };
    return spawnSync(TARE, args, { cwd: context.path, encoding: "utf8", env });
  };
  const table = tare("compare", "--top=1", "build:full", "build:");
  assert.equal(table.status, 0, table.stderr);
  assert.match(table.stdout, /^size on disk +\S+MB +\S+kB +[\d.,]+x smaller$/m);
  assert.match(table.stdout, /^runs as root +yes +no$/m);
  assert.match(
    table.stdout,
    /^went away: -\S+MB in \d+ packages, \d+ folders\n {2}-\S+ +#+ +\S+ \S+ \(deb\) +\d+ files\n {2}and /m,
  );
  const line = tare("compare", "--format=line", "--max-size=1kB", "build:full", "build:small");
  assert.equal(line.status, 2);
  assert.match(
    line.stdout,
    /^build:small: \S+kB \(\d[\d.,]*x smaller than build:full\), .*no shell, does not run as root/,
  );
  assert.match(line.stderr, /ERROR: build:small has \S+kB, more than the 1kB of --max-size\n$/);
  assert.equal(tare("compare", "--format=line", "--max-ratio=0.9", "build:small", "build:small").status, 2);
  const surface = tare("attack-surface", "--format=json", "--max=10", "build:full");
  assert.equal(surface.status, 2);
  const { score, rows } = JSON.parse(surface.stdout);
  assert.equal(
    score,
    rows.reduce((sum: number, { points }: { points: number }) => sum + points, 0),
  );
  assert.ok(surface.stdout.includes("/root/.netrc: passwords of servers (hidden, in a layer)"));
  assert.equal(tare("attack-surface", "--max=0", "build:small").status, 0);
  for (const [args, message] of [
    [["compare", "one"], "needs at least 2 images"],
    [["compare", "--format=xml", "a", "b"], 'invalid value "xml" for --format'],
    [["compare", "--max-size=big", "a", "b"], 'invalid value "big" for --max-size'],
    [["compare", "--top=-1", "a", "b"], 'invalid value "-1" for --top'],
    [["attack-surface"], "requires exactly 1 argument"],
    [["attack-surface", "./Dockerfile"], "broken tar"],
    [["attack-surface", "./nothing.tar"], "can not open the archive"],
    [["attack-surface", "build:nothing"], "could not be found"],
    [["attack-surface", "Bad//Name"], "invalid image reference"],
    [["attack-surface", "0123456789abcdef"], "no such image"],
  ] as const) {
    const { status, stderr, stdout } = tare(...args);
    assert.equal(status, 1, args.join(" "));
    assert.equal(stdout, "");
    assert.ok(stderr.includes(message), `${args.join(" ")}: ${stderr}`);
    assert.doesNotMatch(stderr, /internal|stack/);
  }
});

test("a torn note counts as none; notes go with the layer", async () => {
  using context = folder({ Dockerfile: "FROM scratch\nCOPY Dockerfile /\n" });
  using place = folder({});
  const root = join(place.path, "store");
  const { result } = await buildImage({ context: context.path, root });
  const request = { root, image: result.imageId as string };
  const first = await analyseImage(request);
  const layer = join(root, "layers", first.layers[0]?.id ?? "");
  const [note] = readdirSync(layer).filter((name) => name.startsWith("note-analysis-"));
  assert.ok(note !== undefined);
  writeFileSync(join(layer, note), '{"version":');
  assert.deepEqual(await analyseImage(request), first);
  assert.equal(spawnSync(TARE, ["prune", "--root", root, "-a", "-f"]).status, 0);
  assert.deepEqual(readdirSync(join(root, "layers")), []);
});
