import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { sha256, streamOf } from "../base/index.ts";
import { createHttpClient } from "../net/index.ts";
import { MEDIA_TYPE, parseReference, type RegistryRule } from "../oci/index.ts";
import { addManifest, startRegistry, type TestRegistry, USER } from "./fixtures.ts";
import { openHostTls } from "./host-tls.ts";
import { fetchManifest } from "./manifests.ts";
import { openRepository } from "./open-repository.ts";
import { pushBlob } from "./push-blob.ts";
import { pushManifest } from "./push-manifest.ts";
import { readRegistriesConf } from "./registries-conf.ts";
import { REGISTRY_HINTS } from "./registry.ts";
import type { Credentials, Registry } from "./types.ts";

const never = new AbortController().signal;

/** A home with files in it. */
function home(files: Readonly<Record<string, string>>) {
  const path = mkdtempSync(join(tmpdir(), "tare-mirrors-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  const environment = { HOME: path, CONTAINERS_REGISTRIES_CONF: join(path, "none.conf") };
  return { path, environment, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

interface Opened {
  readonly environment?: Readonly<Record<string, string>>;
  readonly rules?: readonly RegistryRule[];
  readonly credentials?: Credentials;
}

function open(name: string, { environment = {}, rules, ...rest }: Opened): Registry & AsyncDisposable {
  const tls = openHostTls(environment);
  const client = createHttpClient({}, REGISTRY_HINTS, tls.tlsOf);
  const options = {
    client,
    tls,
    environment,
    insecure: [],
    ...rest,
    rules: async () => rules ?? (await readRegistriesConf(environment)),
  };
  return {
    ...openRepository(parseReference(name), options, never),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

const put = (server: TestRegistry, repository: string, text = "") =>
  addManifest(server, {
    repository,
    tag: "1",
    json: { schemaVersion: 2, mediaType: MEDIA_TYPE.manifest, annotations: { text } },
    type: MEDIA_TYPE.manifest,
  });

test("mirrors are asked in their order, under their names; the first that has the image is enough", async () => {
  await using empty = await startRegistry();
  await using full = await startRegistry({ auth: "bearer" });
  await using origin = await startRegistry();
  put(full, "hub/library/a");
  using place = home({
    "r.conf": `
unqualified-search-registries = ["x"]
[[registry]]
prefix = "${origin.host}"
[[registry.mirror]]
location = "127.0.0.1:1"
[[registry.mirror]]
location = "${empty.host}"
[[registry.mirror]]
location = "${full.host}/hub/"
`,
  });
  const environment = { HOME: place.path, CONTAINERS_REGISTRIES_CONF: join(place.path, "r.conf") };
  await using registry = open(`${origin.host}/library/a`, { environment });
  const name = { repository: "library/a", reference: "1" };
  await fetchManifest(registry, name, never);
  await fetchManifest(registry, name, never);
  assert.equal(empty.log.filter((line) => line === "GET /v2/library/a/manifests/1 404").length, 2);
  assert.ok(full.log.includes("GET /v2/hub/library/a/manifests/1 200"), full.log.join("\n"));
  // Who writes, writes to the registry itself.
  const bytes = Buffer.from("{}");
  await pushManifest(registry, { ...name, bytes, mediaType: MEDIA_TYPE.manifest }, never);
  assert.deepEqual(origin.log, ["GET /v2/ 200", "PUT /v2/library/a/manifests/1 201"]);
});

test("what no mirror has is asked for at the registry itself; the error names everybody who was asked", async () => {
  await using mirror = await startRegistry();
  await using origin = await startRegistry();
  put(origin, "a");
  const rule: RegistryRule = {
    prefix: origin.host,
    insecure: false,
    blocked: false,
    source: "tare.yaml",
    mirrors: [{ location: mirror.host, insecure: false, use: "all" }],
  };
  await using registry = open(`${origin.host}/a`, { rules: [rule] });
  await fetchManifest(registry, { repository: "a", reference: "1" }, never);
  await assert.rejects(
    fetchManifest(registry, { repository: "a", reference: "2" }, never),
    (error: Error) => {
      assert.match(error.message, new RegExp(`of mirrors: ${mirror.host}: `));
      return (error as { code?: string }).code === "resolve-image";
    },
  );
});

test("a mirror for digests is not asked for tags, and the other way round; credentials stay where they belong", async () => {
  await using digests = await startRegistry();
  await using tags = await startRegistry({ auth: "basic" });
  await using origin = await startRegistry({ auth: "basic" });
  const { digest } = put(digests, "a");
  put(tags, "a", "other");
  put(origin, "a", "own");
  const mirror = (location: string, use: "digest-only" | "tag-only") => ({ location, insecure: false, use });
  const rule: RegistryRule = {
    prefix: origin.host,
    insecure: false,
    blocked: false,
    source: "tare.yaml",
    mirrors: [mirror(digests.host, "digest-only"), mirror(tags.host, "tag-only")],
  };
  await using registry = open(`${origin.host}/a`, { rules: [rule], credentials: USER });
  const get = (reference: string) => fetchManifest(registry, { repository: "a", reference }, never);
  assert.equal((await get(digest)).descriptor.digest, digest);
  // The mirror wants a password and gets none: the one that was given is for the registry itself.
  assert.deepEqual((await get("1")).json.annotations, { text: "own" });
  assert.ok(tags.log.every((line) => line.endsWith("401")) && tags.log.length > 0);
  assert.ok(!digests.log.some((line) => line.includes("/manifests/1 ")));
});

test("the longest prefix counts, * stands for any host below, a location stands in for it, and what is blocked is", async () => {
  await using server = await startRegistry();
  put(server, "there/app");
  const rule = (prefix: string, facts: Partial<RegistryRule>): RegistryRule => ({
    prefix,
    insecure: false,
    blocked: false,
    mirrors: [],
    source: "/etc/r.conf",
    ...facts,
  });
  const rules = [
    rule("*.invalid", { blocked: true }),
    rule("a.invalid/team", { location: `${server.host}/there` }),
    rule("a.invalid/team/secret", { blocked: true }),
  ];
  const get = async (name: string) => {
    await using registry = open(name, { rules });
    const { path: repository } = parseReference(name);
    return await fetchManifest(registry, { repository, reference: "1" }, never);
  };
  assert.equal((await get("a.invalid/team/app")).descriptor.mediaType, MEDIA_TYPE.manifest);
  for (const name of ["b.invalid/x", "a.invalid/team/secret", "a.invalid/teams"])
    await assert.rejects(get(name), { code: "registry-refused", message: /blocked: \/etc\/r\.conf/ });
  assert.equal(server.log.filter((line) => line.includes("manifests")).length, 1);
});

test("hosts.toml: its hosts are mirrors with their own paths and headers; one that may not pull is none", async () => {
  const seen: (string | undefined)[] = [];
  await using server = await startRegistry({
    fault: ({ path }) => {
      if (path.startsWith("/proxy/")) seen.push(path);
      return undefined;
    },
  });
  await using own = await startRegistry();
  const { digest } = put(own, "a");
  using place = home({
    ".config/containerd/certs.d/registry.invalid_5000_/hosts.toml": `
server = "http://${own.host}"
[host."http://127.0.0.1:1"]
  capabilities = ["push"]
[host."http://${server.host}/proxy"]
  capabilities = ["pull", "resolve"]
  override_path = true
  [host."http://${server.host}/proxy".header]
    x-key = ["a", "b"]
`,
  });
  await using registry = open("registry.invalid:5000/a", place);
  await fetchManifest(registry, { repository: "a", reference: digest }, never);
  assert.deepEqual(seen, [`/proxy/a/manifests/${digest}`]);
  assert.ok(
    server.log.some((line) => line.includes("?ns=registry.invalid%3A5000")),
    server.log.join("\n"),
  );
});

test("hosts.toml: pushes go to the first host that says it takes them, or to the server", async () => {
  await using taking = await startRegistry();
  await using own = await startRegistry();
  const bytes = Buffer.from("{}");
  const manifest = { repository: "a", reference: "1", bytes, mediaType: MEDIA_TYPE.manifest };
  const blob = Buffer.from("bytes");
  const descriptor = { digest: sha256(blob), size: blob.length };
  const pushes = async (hosts: string) => {
    using place = home({
      ".config/containerd/certs.d/registry.invalid_5000_/hosts.toml": `server = "http://${own.host}"\n${hosts}`,
    });
    await using registry = open("registry.invalid:5000/a", place);
    await pushBlob(registry, { repository: "a", descriptor, bytes: () => streamOf(blob) }, never);
    await pushManifest(registry, manifest, never);
  };
  await pushes(`[host."http://${taking.host}"]\ncapabilities = ["push"]\n`);
  assert.ok(taking.blobs.has(`a ${descriptor.digest}`) && taking.manifests.has("a 1"));
  assert.deepEqual(own.log, []);
  await pushes(`[host."http://${taking.host}"]\ncapabilities = ["pull"]\n`);
  assert.ok(own.blobs.has(`a ${descriptor.digest}`) && own.manifests.has("a 1"));
});

test("version 1 of registries.conf lists what needs no TLS and what is blocked", async () => {
  const lists =
    '[registries.search]\nregistries = ["x"]\n[registries.insecure]\nregistries = ["a:5000", "b"]\n';
  using place = home({ "r.conf": `${lists}[registries.block]\nregistries = ["b"]\n` });
  const environment = { HOME: place.path, CONTAINERS_REGISTRIES_CONF: join(place.path, "r.conf") };
  assert.deepEqual(
    (await readRegistriesConf(environment)).map(({ prefix, insecure, blocked }) => [
      prefix,
      insecure,
      blocked,
    ]),
    [
      ["a:5000", true, false],
      ["b", true, true],
    ],
  );
});

test("files that are damaged or say what can not be are errors that name them", async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["[[registry]\n", /r\.conf:1: /],
    ["[registry\n", /r\.conf:1: /],
    ['[aliases]\n"a" = "b"\n"c" = "d\n', /r\.conf:3: /],
    ["unqualified-search-registries = [\n", /r\.conf:/],
    ["[registries.block]\nregistries = [1]\n", /registries is not a list of texts/],
    ["[[registry]]\ninsecure = true\n", /neither prefix nor location/],
    ["[[registry]]\nlocation = 7\n", /location is not a text/],
    ['[[registry]]\nprefix = "a"\nmirror = "b"\n', /mirror is not a list of tables/],
    ['[[registry]]\nprefix = "a"\n[[registry.mirror]]\nlocation = "b"\npull-from-mirror = "no"\n', /"no"/],
    ['[[registry]]\nprefix = "a"\n[[registry.mirror]]\n', /a mirror has no location/],
  ];
  for (const [text, message] of cases) {
    using place = home({ "r.conf": text });
    const environment = { HOME: place.path, CONTAINERS_REGISTRIES_CONF: join(place.path, "r.conf") };
    await assert.rejects(readRegistriesConf(environment), { code: "user-bad-settings", message });
  }
  using place = home({
    "r.conf": '[[registry]]\nprefix = "__proto__"\nlocation = "b"\n[__proto__]\nx = 1\n',
    ".config/containers/certs.d/a.invalid/hosts.toml": '[host."ftp://x"]\n',
  });
  await using registry = open("a.invalid/a", place);
  await assert.rejects(fetchManifest(registry, { repository: "a", reference: "1" }, never), {
    code: "user-bad-settings",
    message: /hosts\.toml: "ftp:\/\/x" is no address/,
  });
});

test("the user's file counts alone, and of the same prefix the last drop-in", async () => {
  const conf = (location: string) => `[[registry]]\nprefix = "a.invalid"\nlocation = "${location}"\n`;
  using place = home({
    ".config/containers/registries.conf": conf("one.invalid"),
    ".config/containers/registries.conf.d/10.conf": conf("two.invalid"),
    ".config/containers/registries.conf.d/20.conf": conf("three.invalid/x"),
    ".config/containers/registries.conf.d/30.txt": conf("four.invalid"),
  });
  const rules = await readRegistriesConf({ HOME: place.path });
  assert.deepEqual(
    rules.map(({ location }) => location),
    ["three.invalid/x"],
  );
});
