import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { sha256, streamOf } from "../../base/index.ts";
import { formatPlatform, MEDIA_TYPE } from "../../oci/index.ts";
import { loadImages } from "../archives/load.ts";
import {
  blobMember,
  configOf,
  described,
  inFolder,
  layerWith,
  layoutMembers,
  type Member,
  manifestOf,
  tarOf,
} from "../archives/load-fixtures.ts";
import { saveImages } from "../archives/save.ts";
import { imageHistory } from "../images/history.ts";
import { removeImages, tagImage } from "../images/images.ts";
import { inspectImage } from "../images/inspect.ts";
import { listImages } from "../images/list-images.ts";

const LAYER = layerWith("file", "content");
const ARCHITECTURES = ["amd64", "arm64", "s390x"] as const;
const CONFIGS = ARCHITECTURES.map((architecture) => configOf([LAYER], { architecture }));
const [AMD64 = "", ARM64 = "", S390X = ""] = CONFIGS.map((config) => sha256(config));

/** A layout of an index, as `docker save` writes it; some of the images that it names may be missing. */
function archive(there: readonly number[] = [0, 1, 2]): readonly Member[] {
  const manifests = CONFIGS.map((config) => manifestOf(config, [[LAYER, MEDIA_TYPE.layerTar]]));
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.index,
    manifests: manifests.map((manifest, at) =>
      described(manifest, MEDIA_TYPE.manifest, {
        platform: { os: "linux", architecture: ARCHITECTURES[at] },
      }),
    ),
  });
  const annotations = { "io.containerd.image.name": "docker.io/library/multi:1" };
  return [
    ...layoutMembers([described(index, MEDIA_TYPE.index, { annotations })]),
    ...[index, LAYER].map(blobMember),
    ...there.flatMap((at) => [CONFIGS[at], manifests[at]].map((text) => blobMember(text as string))),
  ];
}

/** A store with the images. */
async function loaded(folder: string, there?: readonly number[]): Promise<string> {
  const root = join(folder, `store-${there?.join("") ?? "all"}`);
  const images = await loadImages({ root, source: { stream: streamOf(tarOf(...archive(there))) } });
  assert.deepEqual(
    images.map(({ names }) => names),
    [["multi:1"]],
  );
  return root;
}

async function platformsOf(root: string, image = "multi:1"): Promise<readonly string[]> {
  const found: string[] = [];
  for (const architecture of ARCHITECTURES)
    await inspectImage({ root, image, platform: `linux/${architecture}` }).then(
      () => found.push(architecture),
      ({ code, message }) => {
        assert.equal(code, "resolve-image");
        assert.match(message, /does not provide the specified platform|no such image/);
      },
    );
  return found;
}

test("an archive for several platforms is loaded with all that it has, as one name", () =>
  inFolder(async (folder) => {
    const root = await loaded(folder);
    assert.deepEqual(await platformsOf(root), ARCHITECTURES);
    const [only, ...more] = await listImages({ root, all: true });
    assert.deepEqual(more, []);
    assert.deepEqual(
      only?.platforms?.map(({ id, platform }) => [id, formatPlatform(platform)]),
      [
        [AMD64, "linux/amd64"],
        [ARM64, "linux/arm64"],
        [S390X, "linux/s390x"],
      ],
    );
    assert.equal((await imageHistory({ root, image: "multi:1", platform: "linux/s390x" }))[0]?.id, S390X);
    assert.deepEqual(await platformsOf(await loaded(folder, [0, 2])), ["amd64", "s390x"]);
    assert.deepEqual(await platformsOf(await loaded(folder, [2])), ["s390x"]);
  }));

test("a further name leads to all images, and they go with the last one", () =>
  inFolder(async (folder) => {
    const root = await loaded(folder);
    await tagImage({ root, source: "multi:1", target: "other" });
    await tagImage({ root, source: S390X, target: "single" });
    const first = await removeImages({ root, names: ["multi:1"] });
    assert.deepEqual([first.untagged, first.deleted], [["multi:1"], []]);
    const arm = await removeImages({ root, names: ["other"], platform: "linux/arm64" });
    assert.deepEqual([arm.untagged, arm.deleted], [[], [ARM64]]);
    assert.deepEqual(await platformsOf(root, "other"), ["amd64", "s390x"]);
    const gone = await removeImages({ root, names: ["other"], platform: "linux/arm64" });
    assert.deepEqual(
      gone.failures.map(({ code }) => code),
      ["resolve-image"],
    );
    const last = await removeImages({ root, names: ["other"] });
    assert.deepEqual([last.untagged, last.deleted], [["other:latest"], [AMD64]]);
    assert.deepEqual(
      (await listImages({ root, all: true })).map(({ id }) => id),
      [S390X],
    );
  }));

test("by the id of an image for another machine only that one goes, by that of the one that is shown all", () =>
  inFolder(async (folder) => {
    const root = await loaded(folder);
    const shown = (await inspectImage({ root, image: "multi:1" })).id;
    const [other = "", third = ""] = [AMD64, ARM64, S390X].filter((id) => id !== shown);
    const one = await removeImages({ root, names: [other] });
    assert.deepEqual([one.untagged, one.deleted], [[], [other]]);
    const all = await removeImages({ root, names: [shown] });
    assert.deepEqual([all.untagged, [...all.deleted].sort()], [["multi:1"], [shown, third].sort()]);
  }));

test("a saved layout has all platforms or one, a docker archive one", () =>
  inFolder(async (folder) => {
    const root = await loaded(folder);
    const saved = async (format: "oci-archive" | "docker-archive", platform?: string) => {
      const output = join(folder, `${format}-${platform?.slice(6) ?? "all"}.tar`);
      await saveImages({ root, images: ["multi:1"], format, output, ...(platform && { platform }) });
      const other = `${output}.store`;
      await loadImages({ root: other, source: { path: output } });
      return platformsOf(other);
    };
    assert.deepEqual(await saved("oci-archive"), ARCHITECTURES);
    assert.deepEqual(await saved("oci-archive", "linux/s390x"), ["s390x"]);
    assert.deepEqual(await saved("docker-archive", "linux/arm64"), ["arm64"]);
    const { config } = await inspectImage({ root, image: "multi:1" });
    assert.deepEqual(await saved("docker-archive"), [config.architecture]);
  }));
