import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { login, logout, pullImage, pushImage, remoteTags, tagImage } from "../src/api/index.ts";
import type { TareError } from "../src/base/index.ts";
import { startDockerRegistry } from "./docker-registry.ts";
import { buildImage, filesOf, folder, has, run, TARE } from "./harness.ts";
import { skopeo } from "./skopeo.ts";

const skip = !(has("docker-registry") && has("skopeo")) && "docker-registry or skopeo is missing";
const CONTEXT = {
  Dockerfile: "FROM scratch\nCOPY a /\nCOPY b /dir/\nENV K=v\n",
  a: "one",
  b: "two".repeat(50_000),
};

/** A new store with an image in it. */
async function built(name: string, root: string) {
  using context = folder(CONTEXT);
  return (await buildImage({ context: context.path, tags: [name], root })).result.imageId ?? "";
}

async function digestOf(name: string, ...flags: readonly string[]): Promise<string> {
  return (await skopeo(["inspect", ...flags, "--format", "{{.Digest}}", `docker://${name}`])).stdout.trim();
}

const plain = "--tls-verify=false";

test("what is pushed is what skopeo sees and copies, and what another store pulls", { skip }, async () => {
  await using registry = await startDockerRegistry({ secure: false });
  using place = folder({});
  const [one, two] = [join(place.path, "one"), join(place.path, "two")];
  const name = `${registry.host}/team/app:1`;
  const imageId = await built(name, one);
  const environment = process.env;
  const [pushed] = await pushImage({ name, root: one, environment });
  assert.deepEqual(
    pushed?.layers.map(({ outcome }) => outcome),
    ["pushed", "pushed"],
  );
  assert.equal(await digestOf(name, plain), pushed?.digest);
  const copy = join(place.path, "copy");
  await skopeo(["copy", "--src-tls-verify=false", `docker://${name}`, `oci:${copy}:1`]);
  assert.equal(
    JSON.parse(readFileSync(join(copy, "index.json"), "utf8")).manifests[0].digest,
    pushed?.digest,
  );

  const pulled = await pullImage({ name, root: two, environment });
  assert.equal(pulled.imageId, imageId);
  assert.equal(pulled.digest, pushed?.digest);
  assert.equal(pulled.upToDate, false);
  assert.deepEqual(await filesOf(imageId, two), await filesOf(imageId, one));
  assert.equal((await pullImage({ name, root: two, environment })).upToDate, true);

  const other = `${registry.host}/other/app:2`;
  await tagImage({ source: name, target: other, root: two });
  const [mounted] = await pushImage({ name: other, root: two, environment });
  assert.deepEqual(
    mounted?.layers.map(({ outcome }) => outcome),
    ["mounted", "mounted"],
  );
  assert.equal(mounted?.digest, pushed?.digest);
  assert.deepEqual(await remoteTags({ repository: `${registry.host}/other/app`, environment }), ["2"]);
});

for (const [format, compress] of [
  ["v2s2", "gzip"],
  ["oci", "gzip"],
  ["oci", "zstd"],
] as const)
  test(`what skopeo pushes as ${format} with ${compress} is pulled, and pushed on under the same digest`, {
    skip,
  }, async () => {
    await using registry = await startDockerRegistry({ secure: false });
    using place = folder({});
    using context = folder(CONTEXT);
    const layout = join(place.path, "layout");
    await buildImage({
      context: context.path,
      tags: ["x:1"],
      root: join(place.path, "one"),
      outputs: [{ type: "oci", dest: layout, tar: false, compression: "uncompressed" }],
    });
    const name = `${registry.host}/from/skopeo:1`;
    const how = ["--dest-tls-verify=false", "--format", format, "--dest-compress-format", compress];
    await skopeo(["copy", ...how, `oci:${layout}:1`, `docker://${name}`]);
    const { stdout } = await skopeo(["inspect", plain, "--raw", `docker://${name}`]);
    const types = JSON.parse(stdout).layers.map((layer: { mediaType: string }) => layer.mediaType);
    assert.ok(
      types.every((type: string) => type.endsWith(compress)),
      String(types),
    );
    const root = join(place.path, "two");
    const pulled = await pullImage({ name, root, environment: process.env });
    assert.equal(pulled.digest, await digestOf(name, plain));
    assert.ok((await filesOf(pulled.imageId, root)).some(({ path }) => path === "dir/b"));
    const target = `${registry.host}/again:1`;
    await tagImage({ source: name, target, root });
    const [pushed] = await pushImage({ name: target, root, environment: process.env });
    assert.equal(pushed?.digest, pulled.digest);
    assert.equal(await digestOf(target, plain), pulled.digest);
  });

test("a registry with TLS and passwords: login, push, pull, logout", { skip }, async () => {
  await using registry = await startDockerRegistry({ secure: true });
  using place = folder({});
  const root = join(place.path, "store");
  const { SSL_CERT_FILE: _file, ...outer } = process.env;
  const trusting = {
    ...outer,
    HOME: place.path,
    DOCKER_CONFIG: place.path,
    TARE_EXTRA_CA_CERTS: registry.certificate,
  };
  const name = `${registry.host}/private:1`;
  await built(name, root);
  const push = (environment: NodeJS.ProcessEnv) => pushImage({ name, root, environment });
  await assert.rejects(push({ ...trusting, TARE_EXTRA_CA_CERTS: "" }), {
    code: "registry-unreachable",
    message: /certificate/,
  });
  await assert.rejects(push(trusting), { code: "registry-refused", message: /access denied/ });
  const user = { server: registry.host, username: "user", environment: trusting };
  await assert.rejects(
    login({ ...user, password: "wrong" }),
    ({ code, facts }: TareError) => code === "registry-refused" && /the password/.test(facts.hint ?? ""),
  );
  await assert.rejects(push(trusting), { code: "registry-refused" });
  await login({ ...user, password: "pass" });
  const [pushed] = await push(trusting);
  const pulled = await pullImage({ name, root: join(place.path, "other"), environment: trusting });
  assert.equal(pulled.digest, pushed?.digest);
  await skopeo(["inspect", plain, "--authfile", join(place.path, "config.json"), `docker://${name}`]);
  // The same trust by the folders of docker and podman, and by tare.yaml.
  using home = folder({});
  const { TARE_EXTRA_CA_CERTS: _ca, ...unaware } = { ...trusting, HOME: home.path };
  await assert.rejects(push(unaware), { code: "registry-unreachable", message: /certificate/ });
  const certificates = join(home.path, ".config/containers/certs.d", registry.host);
  mkdirSync(certificates, { recursive: true });
  copyFileSync(registry.certificate, join(certificates, "ca.crt"));
  await push(unaware);
  rmSync(certificates, { recursive: true });
  const rule = (facts: string) => {
    writeFileSync(join(home.path, "tare.yaml"), `registries: { "${registry.host}": { ${facts} } }`);
    return push({ ...unaware, TARE_CONFIG: join(home.path, "tare.yaml") });
  };
  await rule(`ca: ${registry.certificate}`);
  await rule("insecure: true");
  await assert.rejects(rule("blocked: true"), { code: "registry-refused", message: /blocked/ });
  await logout({ server: registry.host, environment: trusting });
  await assert.rejects(push(trusting), { code: "registry-refused" });
});

test("FROM and COPY --from fetch what is not here, once; --pull looks for a newer one; without a registry what is here is enough", {
  skip,
}, async () => {
  await using registry = await startDockerRegistry({ secure: false });
  using place = folder({});
  const [one, two] = [join(place.path, "one"), join(place.path, "two")];
  const name = `${registry.host}/base:1`;
  await built(name, one);
  await pushImage({ name, root: one, environment: process.env });
  using context = folder({ Dockerfile: `FROM ${name}\nCOPY --from=${name} /a /copy\n` });
  const build = (pull: boolean) => buildImage({ context: context.path, root: two, pull });
  const first = await build(false);
  const pulls = first.events.flatMap((event) =>
    event.type === "step-started" && event.step.startsWith("[internal] pull") ? [event.step] : [],
  );
  // The copy asks for one layer after the other, and all are here when the stage wants them.
  assert.equal(pulls.length, 2, pulls.join("\n"));
  assert.ok(pulls.every((step) => / layer [0-9a-f]{12}$/.test(step)));
  assert.deepEqual(
    (await filesOf(first.result.imageId ?? "", two)).map(({ path }) => path),
    ["", "a", "copy", "dir", "dir/b"],
  );
  using newer = folder({ Dockerfile: "FROM scratch\nCOPY a /\n", a: "newer" });
  await buildImage({ context: newer.path, tags: [name], root: one });
  await pushImage({ name, root: one, environment: process.env });
  assert.equal((await build(false)).result.imageId, first.result.imageId);
  const second = await build(true);
  assert.notEqual(second.result.imageId, first.result.imageId);
  await registry.stop();
  assert.equal((await build(false)).result.imageId, second.result.imageId);
  using lost = folder({ Dockerfile: `ARG X\nFROM ${registry.host}/nothing:1\n` });
  await assert.rejects(
    buildImage({ context: lost.path, root: two }),
    (error: { code: string; facts: { location: unknown } }) => {
      assert.equal(error.code, "registry-unreachable");
      assert.equal((error.facts.location as { range: { start: { line: number } } }).range.start.line, 2);
      return true;
    },
  );
});

test("a step on a base of a registry; the command builds, pushes, lists and pulls with docker's words", {
  skip: skip || (!has("busybox") && "busybox is missing"),
}, async () => {
  await using registry = await startDockerRegistry({ secure: false });
  using place = folder({});
  const busybox = (await run("sh", ["-c", "command -v busybox"])).stdout.trim();
  using base = folder({
    Dockerfile: "FROM scratch\nCOPY sh /bin/\n",
    sh: (path) => copyFileSync(busybox, path),
  });
  using app = folder({ Dockerfile: `FROM ${registry.host}/base\nRUN echo made > /made\n` });
  const tare = (store: string, ...args: readonly string[]) =>
    run(TARE, args, { env: { ...process.env, TARE_ROOT: join(place.path, store) } });
  await tare("one", "build", "-q", "-o", `type=registry,name=${registry.host}/base`, base.path);
  const name = `${registry.host}/app:1`;
  const meta = join(place.path, "meta.json");
  const first = ["--push", "--sbom=spdx", "--metadata-file", meta];
  await tare("two", "build", "-q", "--pull", ...first, "-t", `${registry.host}/first`, app.path);
  const kinds = await tare(
    "two",
    "referrers",
    "--format",
    "{{.Kind}} {{.ArtifactType}}",
    `${registry.host}/first`,
  );
  assert.equal(kinds.stdout, "sbom application/spdx+json\n");
  assert.equal(
    JSON.parse(readFileSync(meta, "utf8"))["containerimage.digest"],
    await digestOf(`${registry.host}/first`, plain),
  );
  await tare("two", "tag", `${registry.host}/first`, name);
  const { stdout } = await tare("two", "push", name);
  const [head, mounted, pushed, last] = stdout.split("\n");
  assert.equal(head, `The push refers to repository [${registry.host}/app]`);
  assert.match(mounted ?? "", /^[0-9a-f]{12}: Mounted from (base|first)$/);
  // Before a user's RUN layer is compressed for a push, the registry is asked to mount it.
  assert.match(pushed ?? "", /^[0-9a-f]{12}: (Mounted from (base|first)|Layer already exists)$/);
  assert.match(last ?? "", /^1: digest: sha256:[0-9a-f]{64} size: \d+$/);
  assert.equal((await tare("two", "tags", name)).stdout, "1\n");
  const beside = `${registry.host}/beside:2`;
  const copied = `${beside}@${last?.split(" ")[2]}`;
  assert.equal((await tare("two", "copy", "-q", name, beside)).stdout, `${copied}\n`);
  assert.equal(await digestOf(beside, plain), last?.split(" ")[2]);
  assert.equal((await tare("two", "delete", copied.replace(":2@", "@"))).stdout.split(":")[0], "Deleted");
  await assert.rejects(tare("two", "copy", "-q", beside, "x.invalid/x"), /not found/);
  const pull = (...flags: readonly string[]) => tare("three", "pull", ...flags, name);
  const digest = last?.split(" ")[2];
  const status = (text: string) =>
    `1: Pulling from app\nDigest: ${digest}\nStatus: ${text} for ${name}\n${name}\n`;
  assert.equal((await pull()).stdout, status("Downloaded newer image"));
  assert.equal((await pull()).stdout, status("Image is up to date"));
  assert.equal((await pull("-q")).stdout, `${name}\n`);
  assert.equal(
    (await tare("three", "run", "--entrypoint", "/bin/sh", name, "-c", "read x < /made; echo $x")).stdout,
    "made\n",
  );
  await assert.rejects(
    tare("three", "pull", `${registry.host}/none`),
    (error: { code: number; stderr: string }) => {
      assert.match(error.stderr, /not found: manifest unknown\nhint: /);
      return error.code === 1;
    },
  );
});
