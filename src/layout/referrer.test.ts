import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { collectBytes, sha256, streamOf, TareError } from "../base/index.ts";
import { MEDIA_TYPE, parseReference } from "../oci/index.ts";
import { blobPath, encodeJson } from "./blob.ts";
import { describeLayout } from "./describe.ts";
import { findReferrers } from "./find-referrers.ts";
import { imageOf, inTemp, layerTar, missing, PLATFORM, SIGNAL } from "./fixtures.ts";
import { writeLayoutFolder } from "./folder.ts";
import type { LayoutAttachment, LayoutImage } from "./image.ts";
import { openOciLayout } from "./reader.ts";
import { selectImage } from "./select.ts";
import { layoutTar } from "./tar.ts";

const CDX = {
  artifactType: "application/vnd.cyclonedx+json",
  bytes: Buffer.from('{"bomFormat":"CycloneDX"}'),
  title: "calc.cdx.json",
};
const SPDX: LayoutAttachment = {
  artifactType: "application/spdx+json",
  bytes: Buffer.from('{"spdxVersion":"SPDX-2.3"}'),
  title: "calc.spdx.json",
};

function imageWith(text: string, facts: Partial<LayoutImage> = {}): LayoutImage {
  return { ...imageOf([layerTar("etc/file", text)], { names: ["calc:1.0"] }), ...facts };
}

test("an attachment is an artifact about the image, with an empty config, beside it", async () => {
  const layout = describeLayout(imageWith("one", { attachments: [CDX] }));
  const [image, referrer, ...more] = layout.index.manifests;
  assert.deepEqual(more, []);
  assert.equal(image?.digest, layout.descriptor.digest);
  assert.equal(referrer?.artifactType, CDX.artifactType);
  assert.equal(referrer?.annotations, undefined);
  const blob = layout.blobs.find(({ digest }) => digest === referrer?.digest);
  assert.deepEqual(JSON.parse((await collectBytes(blob?.bytes() ?? streamOf())).toString()), {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    artifactType: "application/vnd.cyclonedx+json",
    config: {
      mediaType: "application/vnd.oci.empty.v1+json",
      // `printf {} | sha256sum`
      digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
      size: 2,
    },
    layers: [
      {
        mediaType: "application/vnd.cyclonedx+json",
        digest: sha256(CDX.bytes),
        size: CDX.bytes.length,
        annotations: { "org.opencontainers.image.title": "calc.cdx.json" },
      },
    ],
    subject: {
      mediaType: MEDIA_TYPE.manifest,
      digest: layout.descriptor.digest,
      size: layout.descriptor.size,
    },
  });
  assert.equal(describeLayout(imageWith("one")).descriptor.digest, layout.descriptor.digest);
});

test("both forms of a layout give the image and its documents back, of one type when asked", () =>
  inTemp(async (folder) => {
    for (const names of [[], [parseReference("calc:1.0"), parseReference("calc:2.0")]]) {
      const layout = describeLayout(imageWith("one", { attachments: [CDX, SPDX], names }));
      const [dir, file] = [join(folder, `dir-${names.length}`), join(folder, "file.tar")];
      await writeLayoutFolder(dir, layout, SIGNAL);
      await writeFile(file, await collectBytes(layoutTar(layout, SIGNAL)));
      for (const path of [dir, file]) {
        const reader = await openOciLayout(path);
        const { descriptor } = await selectImage(reader, { platform: PLATFORM });
        assert.equal(descriptor.digest, layout.descriptor.digest);
        const all = await findReferrers(reader, { subject: descriptor.digest });
        assert.deepEqual(
          all.map(({ artifactType }) => artifactType),
          [CDX.artifactType, SPDX.artifactType],
        );
        const { artifactType } = SPDX;
        const [found] = await findReferrers(reader, { subject: descriptor.digest, artifactType });
        assert.equal(
          (await collectBytes(reader.blob(found?.layers[0] ?? { digest: sha256(""), size: 0 }))).toString(),
          String(SPDX.bytes),
        );
        assert.deepEqual(await findReferrers(reader, { subject: sha256("other") }), []);
      }
    }
  }));

test("an index that does not say which of its lines are artifacts still has one image", () =>
  inTemp(async (folder) => {
    const layout = describeLayout(imageWith("one", { attachments: [CDX], names: [] }));
    await writeLayoutFolder(folder, layout, SIGNAL);
    const manifests = layout.index.manifests.map(
      ({ artifactType: _type, platform: _platform, ...line }) => line,
    );
    await writeFile(join(folder, "index.json"), encodeJson({ ...layout.index, manifests }));
    const { descriptor } = await selectImage(await openOciLayout(folder), { platform: PLATFORM });
    assert.equal(descriptor.digest, layout.descriptor.digest);
  }));

test("an image that gives way takes its documents with it, and no others", () =>
  inTemp(async (folder) => {
    const other = imageWith("other", { attachments: [SPDX], names: [parseReference("other:1")] });
    for (const image of [
      other,
      imageWith("one", { attachments: [CDX] }),
      imageWith("two", { attachments: [CDX] }),
    ])
      await writeLayoutFolder(folder, describeLayout(image), SIGNAL);
    const index = JSON.parse(await readFile(join(folder, "index.json"), "utf8"));
    const types = index.manifests.map((line: { artifactType?: string }) => line.artifactType);
    assert.deepEqual(types, [undefined, SPDX.artifactType, undefined, CDX.artifactType]);
    const reader = await openOciLayout(folder);
    for (const [name, artifactType] of [
      ["1.0", CDX.artifactType],
      ["1", SPDX.artifactType],
    ] as const) {
      const { descriptor } = await selectImage(reader, { name, platform: PLATFORM });
      const found = await findReferrers(reader, { subject: descriptor.digest });
      assert.deepEqual(
        found.map((referrer) => referrer.artifactType),
        [artifactType],
      );
    }
  }));

test("what others put into an index is kept when it can not be read, and refused when it is asked for", () =>
  inTemp(async (folder) => {
    await writeLayoutFolder(folder, describeLayout(imageWith("one")), SIGNAL);
    const index = JSON.parse(await readFile(join(folder, "index.json"), "utf8"));
    const hostile = ["null", "[]", "{", '{"subject":3}', '{"subject":{"digest":"../../x"}}'].map((text) =>
      Buffer.from(text),
    );
    for (const bytes of hostile) await writeFile(join(folder, blobPath(sha256(bytes))), bytes);
    const lines = hostile.map((bytes) => ({
      mediaType: MEDIA_TYPE.manifest,
      digest: sha256(bytes),
      size: bytes.length,
      artifactType: "a/b",
    }));
    const odd = {
      mediaType: MEDIA_TYPE.manifest,
      digest: "sha256:../../../etc/passwd",
      size: 1,
      artifactType: "a/b",
    };
    await writeFile(
      join(folder, "index.json"),
      encodeJson({ ...index, manifests: [...index.manifests, ...lines, odd] }),
    );
    await writeLayoutFolder(folder, describeLayout(imageWith("two")), SIGNAL);
    const after = JSON.parse(await readFile(join(folder, "index.json"), "utf8"));
    assert.equal(after.manifests.length, lines.length + 2);
    const reader = await openOciLayout(folder);
    const isRefusal = (error: unknown) => error instanceof TareError && error.code === "integrity-archive";
    await assert.rejects(findReferrers(reader, { subject: sha256("x") }), isRefusal);
    const half = { subject: { digest: sha256("x") }, layers: [] };
    const bytes = encodeJson(half);
    await writeFile(join(folder, blobPath(sha256(bytes))), bytes);
    const line = { mediaType: MEDIA_TYPE.manifest, digest: sha256(bytes), size: bytes.length };
    await writeFile(join(folder, "index.json"), encodeJson({ ...index, manifests: [line] }));
    await assert.rejects(findReferrers(reader, { subject: sha256("x") }), isRefusal);
  }));

test("skopeo and umoci read the image beside its documents", { skip: missing("skopeo", "--version") }, () =>
  inTemp(async (folder) => {
    const layout = describeLayout(imageWith("one", { attachments: [CDX, SPDX] }));
    const [dir, file] = [join(folder, "dir"), join(folder, "file.tar")];
    await writeLayoutFolder(dir, layout, SIGNAL);
    await writeFile(file, await collectBytes(layoutTar(layout, SIGNAL)));
    for (const source of [`oci:${dir}:1.0`, `oci-archive:${file}:1.0`]) {
      const copy = `dir:${join(folder, "copy")}`;
      execFileSync("skopeo", ["copy", "-q", "--insecure-policy", source, copy]);
      const output = execFileSync("skopeo", ["inspect", copy], { encoding: "utf8" });
      assert.equal(JSON.parse(output).Digest, layout.descriptor.digest);
    }
    if (missing("umoci", "--version")) return;
    const bundle = join(folder, "bundle");
    execFileSync("umoci", ["unpack", "--rootless", "--image", `${dir}:1.0`, bundle], { stdio: "pipe" });
    assert.equal(await readFile(join(bundle, "rootfs/etc/file"), "utf8"), "one");
    // It walks every manifest of the index, and would remove a blob that nothing refers to.
    execFileSync("umoci", ["gc", "--layout", dir], { stdio: "pipe" });
    const reader = await openOciLayout(dir);
    const [found] = await findReferrers(reader, { subject: layout.descriptor.digest });
    assert.deepEqual(
      await collectBytes(reader.blob(found?.layers[0] ?? { digest: sha256(""), size: 0 })),
      CDX.bytes,
    );
  }),
);
