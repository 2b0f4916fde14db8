import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { type BuildRequest, pushImage } from "../src/api/index.ts";
import { startRegistry } from "../src/registry/fixtures.ts";
import { buildImage, filesOf, folder } from "./harness.ts";

/** Three layers, each with a folder of its own. */
const BASE = [
  "FROM scratch AS links",
  "COPY tree /",
  "FROM scratch",
  "COPY low /low/",
  "COPY mid /mid/",
  "COPY --from=links / /top/",
].join("\n");

test("a build fetches the layers of a base that tell what it asks for, from above, and no others", async () => {
  using place = folder({});
  using tree = folder({ Dockerfile: BASE, low: "low", mid: "mid", "tree/file": "top", "tree/dir/x": "x" });
  await using server = await startRegistry();
  const environment = { SOURCE_DATE_EPOCH: "1700000000" };
  const base = `${server.host}/base:1`;
  await buildImage({ context: tree.path, tags: [base], root: join(place.path, "made") });
  await pushImage({ name: base, root: join(place.path, "made"), environment });
  const manifest = JSON.parse(Buffer.from(server.manifests.get("base 1")?.bytes ?? []).toString());
  const names = new Map(
    manifest.layers.map(({ digest }: { digest: string }, at: number) => [digest, ["low", "mid", "top"][at]]),
  );
  /** Builds in a store; tells which layers were fetched meanwhile. */
  let told = "";
  const fetched = async (store: string, lines: string, more: Partial<BuildRequest> = {}) => {
    using context = folder({ Dockerfile: lines.replaceAll("BASE", base), x: "x" });
    const before = server.log.length;
    const root = join(place.path, store);
    const built = await buildImage({ context: context.path, root, environment, ...more });
    told = built.events.map((event) => (event.type === "notice" ? event.message : "")).join("");
    const readings = server.log.slice(before).filter((line) => line.startsWith("GET"));
    const layers = readings.flatMap((line) => names.get(/\/blobs\/(\S+)/.exec(line)?.[1] ?? "") ?? []);
    return { layers: layers.join(" "), image: built.result.imageId ?? "", root };
  };
  const copy = (...sources: readonly string[]) =>
    `FROM scratch\n${sources.map((source) => `COPY --from=BASE ${source} /\n`).join("")}`;

  const first = await fetched("one", copy("/top/file"));
  assert.equal(first.layers, "top");
  assert.deepEqual(
    (await filesOf(first.image, first.root)).map(({ path }) => path),
    ["", "file"],
  );
  assert.equal((await fetched("one", copy("/top/file"), { noCache: true })).layers, "");
  assert.equal((await fetched("one", copy("/mid/mid"))).layers, "mid");
  // What is in a directory only all layers can tell, as who matches a pattern.
  assert.equal((await fetched("one", copy("/top/dir"))).layers, "low");
  assert.equal((await fetched("two", copy("/top/d*"))).layers.split(" ").sort().join(" "), "low mid top");

  // A stage that only adds to the base asks for where it adds it; the image is the same as on the whole base.
  const onto = "FROM BASE\nCOPY x /top/dir/\nWORKDIR /mid\nCOPY x mid\n";
  const lazy = { tags: [`${server.host}/app:1`], outputs: [{ type: "registry" }] } as const;
  const added = await fetched("three", onto, lazy);
  assert.equal(added.layers, "top mid");
  const whole = await fetched("four", onto);
  assert.equal([...whole.layers.split(" ")].sort().join(" "), "low mid top");
  assert.equal(added.image, whole.image);

  // Whether there is something in the place of a new file all layers have to say.
  assert.equal(told, "");
  assert.equal((await fetched("three", "FROM BASE\nCOPY x /new\n", lazy)).layers, "low");
  assert.match(told, /whether the base has \/new, only all .* 1 of them was fetched for that; with --link/);
  assert.equal((await fetched("five", "FROM BASE\nWORKDIR /new\n", lazy)).layers.split(" ").length, 3);
  assert.match(told, /\/new, .* 3 of them were fetched for that; COPY --link with whole paths/);
  assert.equal((await fetched("six", "FROM BASE\nENV A=b\nCOPY --link x /new\n", lazy)).layers, "");

  // A step of a stage, and an image that is to be whole here, get the base as a whole.
  const kept = await fetched("two", "FROM BASE\nENV A=b\n");
  assert.equal(kept.layers, "");
  assert.equal((await filesOf(kept.image, kept.root)).length, 9);
});
