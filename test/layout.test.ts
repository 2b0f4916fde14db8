import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { BASE, buildImage, filesOf, folder } from "./harness.ts";

test("an image of an OCI layout is a base and a source", async () => {
  using out = folder({});
  const layout = join(out.path, "layout");
  using source = folder({ Dockerfile: `FROM ${BASE}\nENV FROM_LAYOUT=yes\nRUN echo made > /made\n` });
  await buildImage({
    context: source.path,
    outputs: [{ type: "oci", dest: layout, tar: false }],
    tags: ["x:1.0"],
  });
  using context = folder({
    Dockerfile:
      "FROM other AS a\nRUN test $FROM_LAYOUT = yes && cp /made /copy\nFROM scratch\nCOPY --from=a /copy /\nCOPY --from=other /made /\n",
  });
  using store = folder({});
  const root = join(store.path, "store");
  const built = await buildImage({
    context: context.path,
    root,
    buildContexts: { other: `oci-layout://${layout}:1.0` },
  });
  const files = await filesOf(built.result.imageId ?? "", root);
  assert.deepEqual(
    files.map(({ path }) => path).filter((path) => path !== ""),
    ["copy", "made"],
  );
  await assert.rejects(
    buildImage({ context: context.path, root, buildContexts: { other: `oci-layout://${layout}:2.0` } }),
    { code: "resolve-image" },
  );
});
