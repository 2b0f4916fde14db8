import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import {
  type BuildRequest,
  listImages,
  loadImages,
  pullImage,
  pushImage,
  saveImages,
} from "../src/api/index.ts";
import type { Digest } from "../src/base/index.ts";
import { formatPlatform } from "../src/oci/index.ts";
import { openStore } from "../src/store/index.ts";
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

async function indexOf(name: string): Promise<IndexDocument> {
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

test("an index goes to a registry and comes back, whole, in parts and as an archive", { skip }, async () => {
  await using registry = await startDockerRegistry({ secure: false });
  using place = folder({
    Dockerfile: "FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /arch\n",
    amd64: "a",
    arm64: "b",
  });
  const [one, two, three, four] = ["one", "two", "three", "four"].map((name) => join(place.path, name)) as [
    string,
    string,
    string,
    string,
  ];
  const name = `${registry.host}/team/app:1`;
  const request: BuildRequest = { context: place.path, tags: [name], root: one };
  const store = await openStore(one);
  const images: Digest[] = [];
  for (const platform of ["linux/arm64", "linux/amd64"])
    images.push((await buildImage({ ...request, platform })).result.imageId ?? assert.fail());
  const reference = (await store.images.named(name))?.reference ?? assert.fail();
  await store.images.tag(reference, { images, isIndex: true });

  const [pushed] = await pushImage({ name, root: one, environment });
  assert.deepEqual(architectures(await indexOf(name)), ["amd64", "arm64"]);
  const again = await pushImage({ name, root: one, environment });
  assert.deepEqual(
    again.map(({ digest, layers }) => [digest, layers.map(({ outcome }) => outcome)]),
    [[pushed?.digest, ["exists", "exists"]]],
  );

  await pullImage({ name, root: two, platform: "linux/arm64", environment });
  assert.deepEqual(await platformsOf(two), []);
  await pullImage({ name, root: two, platform: "linux/amd64", environment });
  assert.deepEqual(await platformsOf(two), ["linux/amd64", "linux/arm64"]);
  await pullImage({ name, root: three, allPlatforms: true, environment });
  assert.deepEqual(await platformsOf(three), ["linux/amd64", "linux/arm64"]);
  assert.equal((await pushImage({ name, root: three, environment }))[0]?.digest, pushed?.digest);

  const output = join(place.path, "app.tar");
  await saveImages({ root: three, images: [name], format: "oci-archive", output });
  await loadImages({ root: four, source: { path: output } });
  assert.deepEqual(await platformsOf(four), ["linux/amd64", "linux/arm64"]);
  const raw = await skopeo(["inspect", "--raw", `oci-archive:${output}:1`]);
  assert.deepEqual(architectures(JSON.parse(raw.stdout) as IndexDocument), ["amd64", "arm64"]);

  await pushImage({ name, root: one, environment, platform: "linux/arm64" });
  assert.equal((await indexOf(name)).manifests, undefined);
});
