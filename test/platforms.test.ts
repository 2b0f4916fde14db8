import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  type Annotation,
  listImageReferrers,
  listImages,
  loadImages,
  pullImage,
  pushImage,
  saveImages,
  tagImage,
} from "../src/api/index.ts";
import { formatPlatform } from "../src/oci/index.ts";
import { startDockerRegistry } from "./docker-registry.ts";
import { buildImage, folder, has } from "./harness.ts";
import { skopeo } from "./skopeo.ts";

const skip = !(has("docker-registry") && has("skopeo")) && "docker-registry or skopeo is missing";
const environment = process.env;
const PLAIN = "--tls-verify=false";

/** What an index says of its images. */
interface IndexDocument {
  readonly mediaType: string;
  readonly annotations?: object;
  readonly manifests: readonly {
    readonly digest: string;
    readonly platform: { readonly os: string; readonly architecture: string };
    readonly annotations?: object;
  }[];
}

async function rawOf(name: string): Promise<IndexDocument> {
  return JSON.parse((await skopeo(["inspect", "--raw", PLAIN, `docker://${name}`])).stdout) as IndexDocument;
}

function architectures({ manifests }: IndexDocument): readonly string[] {
  return manifests.map(({ platform }) => platform.architecture);
}

/** Platforms that a name of a store has images for. */
async function platformsOf(root: string): Promise<readonly string[]> {
  const [image] = await listImages({ root });
  return (image?.platforms ?? []).map(({ platform }) => formatPlatform(platform));
}

const DOCKERFILE = `FROM --platform=$BUILDPLATFORM scratch AS shared
COPY common /common
FROM scratch
ARG TARGETARCH
COPY --from=shared /common /
COPY $TARGETARCH /arch
`;
const CONTEXT = { Dockerfile: DOCKERFILE, common: "both", amd64: "a", arm64: "b" };
const ANNOTATIONS: readonly Annotation[] = [
  { on: "index", key: "whole", value: "index" },
  { on: "manifest", key: "each", value: "manifest" },
  {
    on: "manifest-descriptor",
    platform: { os: "linux", architecture: "arm64" },
    key: "line",
    value: "arm64",
  },
];
const BOTH = ["linux/amd64", "linux/arm64"];

test("a build for several platforms is pushed as one, and comes back whole, in parts and as an archive", {
  skip,
}, async () => {
  await using registry = await startDockerRegistry({ secure: false });
  using place = folder(CONTEXT);
  const [one, two, three, four] = ["one", "two", "three", "four"].map((name) => join(place.path, name)) as [
    string,
    string,
    string,
    string,
  ];
  const repository = `${registry.host}/team/app`;
  const name = `${repository}:1`;
  const { result, events } = await buildImage({
    context: place.path,
    platform: "linux/arm64,linux/amd64",
    outputs: [{ type: "registry", names: [name] }],
    sbom: ["spdx"],
    annotations: ANNOTATIONS,
    root: one,
  });
  const steps = events.flatMap((event) => (event.type === "plan" ? event.steps : []));
  const copies = steps
    .map((step) => step.name.replace(/^.*\] /, ""))
    .filter((text) => text.startsWith("COPY"));
  const different = ["COPY amd64 /arch", "COPY arm64 /arch"];
  assert.deepEqual(copies.sort(), ["COPY --from=shared /common /", ...different, "COPY common /common"]);
  const index = await rawOf(name);
  assert.deepEqual(architectures(index), ["amd64", "arm64"]);
  assert.deepEqual(index.annotations, { whole: "index" });
  assert.deepEqual(
    index.manifests.map(({ annotations }) => annotations),
    [undefined, { line: "arm64" }],
  );
  const manifests = await Promise.all(index.manifests.map(({ digest }) => rawOf(`${repository}@${digest}`)));
  assert.deepEqual(
    manifests.map((one) => one.annotations),
    [{ each: "manifest" }, { each: "manifest" }],
  );
  const found = await skopeo(["inspect", "--format", "{{.Digest}}", PLAIN, `docker://${name}`]);
  assert.equal(found.stdout.trim(), result.manifest);
  for (const platform of BOTH) {
    const { referrers } = await listImageReferrers({ name, platform, environment });
    assert.deepEqual(
      referrers.map(({ kind }) => kind),
      ["sbom"],
    );
  }

  const [again] = await pushImage({ name, root: one, environment });
  assert.equal(again?.digest, result.manifest);
  assert.deepEqual(new Set(again?.layers.map(({ outcome }) => outcome)), new Set(["exists"]));

  await pullImage({ name, root: one, environment });
  assert.deepEqual(await platformsOf(one), BOTH);

  await pullImage({ name, root: two, platform: "linux/arm64", environment });
  assert.deepEqual(await platformsOf(two), []);
  await pullImage({ name, root: two, platform: "linux/amd64", environment });
  assert.deepEqual(await platformsOf(two), BOTH);
  await pullImage({ name, root: three, allPlatforms: true, environment });
  assert.deepEqual(await platformsOf(three), BOTH);
  await pushImage({ name, root: three, environment });
  assert.deepEqual(
    (await rawOf(name)).manifests.map(({ digest }) => digest),
    index.manifests.map(({ digest }) => digest),
  );

  const same = `${registry.host}/team/same:1`;
  await tagImage({ root: three, source: name, target: same });
  assert.equal((await pushImage({ name: same, root: three, environment }))[0]?.digest, result.manifest);
  assert.deepEqual(await rawOf(same), index);

  const output = join(place.path, "app.tar");
  await saveImages({ root: three, images: [name], format: "oci-archive", output });
  await loadImages({ root: four, source: { path: output } });
  assert.deepEqual(await platformsOf(four), BOTH);
  const raw = await skopeo(["inspect", "--raw", `oci-archive:${output}:1`]);
  assert.deepEqual(JSON.parse(raw.stdout), index);

  const next = join(place.path, "next");
  mkdirSync(next);
  writeFileSync(join(next, "Dockerfile"), `FROM ${name}\nCOPY Dockerfile /next\n`);
  const lazy = { context: next, platform: BOTH.join(","), root: join(place.path, "five") };
  const other = `${registry.host}/team/next:1`;
  await buildImage({ ...lazy, outputs: [{ type: "registry", names: [other] }] });
  assert.deepEqual(architectures(await rawOf(other)), ["amd64", "arm64"]);

  await pushImage({ name, root: one, environment, platform: "linux/arm64" });
  assert.equal((await rawOf(name)).manifests, undefined);
});

test("who pushes less than the index that was pulled is told", { skip }, async () => {
  await using registry = await startDockerRegistry({ secure: false });
  using place = folder({ Dockerfile: "FROM scratch\nCOPY Dockerfile /\nLABEL for=$TARGETARCH\n" });
  const name = `${registry.host}/team/three:1`;
  const platform = [...BOTH, "linux/s390x"].join(",");
  const outputs = [{ type: "registry" as const, names: [name] }];
  await buildImage({ context: place.path, platform, outputs, root: join(place.path, "built") });
  const noticesOf = async (root: string) => {
    const told: string[] = [];
    await pushImage({ name, root, environment }, (event) => {
      if (event.type === "notice") told.push(event.message);
    });
    return told.join("\n");
  };
  const [whole, part] = [join(place.path, "whole"), join(place.path, "part")];
  await pullImage({ name, root: whole, allPlatforms: true, environment });
  assert.equal(await noticesOf(whole), "");
  for (const one of BOTH) await pullImage({ name, root: part, platform: one, environment });
  assert.match(await noticesOf(part), /only its images for linux\/amd64, linux\/arm64 are here and pushed/);
});

test("FROM takes of a name the image for its own platform, and files are written for each", async () => {
  using place = folder({ ...CONTEXT, "next/Dockerfile": "FROM app:1\nCOPY Dockerfile /next\n" });
  const root = join(place.path, "store");
  const platform = BOTH.join(",");
  await buildImage({ context: place.path, platform, tags: ["app:1"], root });
  const dest = join(place.path, "out");
  const context = join(place.path, "next");
  const outputs = [{ type: "local", dest }] as const;
  await buildImage({ context, platform, outputs, root });
  assert.deepEqual(readdirSync(dest), ["linux_amd64", "linux_arm64"]);
  assert.equal(readFileSync(join(dest, "linux_arm64/arch"), "utf8"), "b");
  assert.equal(readFileSync(join(dest, "linux_amd64/arch"), "utf8"), "a");
  const single = { context, platform: "linux/arm64", outputs, root };
  await buildImage({
    ...single,
    buildArgs: { BUILDKIT_MULTI_PLATFORM: "1" },
    outputs: [{ type: "local", dest: `${dest}2` }],
  });
  assert.deepEqual(readdirSync(`${dest}2`), ["linux_arm64"]);
});

test("what can not be for several platforms is refused before anything runs", async () => {
  using place = folder({ ...CONTEXT, "run/Dockerfile": "FROM tare/debian:12\nRUN true\n" });
  const root = join(place.path, "store");
  const platform = BOTH.join(",");
  const docker = { type: "docker", dest: join(place.path, "x.tar") } as const;
  await assert.rejects(buildImage({ context: place.path, platform, outputs: [docker], root }), {
    code: "user-unsupported",
    message: /exporting manifest lists/,
  });
  await assert.rejects(buildImage({ context: join(place.path, "run"), platform, root }), {
    code: "user-unsupported",
    message: /programs of linux\/(arm64|amd64) do not run on/,
  });
});
