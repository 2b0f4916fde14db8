import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReportBuild, ReportImage, ReportStage } from "./data.ts";
import { sampleImage, sampleReport } from "./fixtures.ts";
import { type Cell, cellsOf, neighbour } from "./page/model/cells.ts";
import { bytes, change, duration, permissions, share } from "./page/model/format.ts";
import { piecesOf } from "./page/model/pieces.ts";
import { largest, matchedSizes, pathOfFile, search } from "./page/model/search.ts";
import { rowsOf } from "./page/model/stage-rows.ts";
import { stageGraph } from "./page/model/stages.ts";
import { findFile, type Part, titleOf, treeOf } from "./page/model/tree.ts";

/** An image of files by paths and sizes; those below `lib` are of a package. */
function imageOf(files: Readonly<Record<string, number>>): ReportImage {
  const paths = Object.keys(files);
  const folders = ["", "app", "app/a", "app/a/b", "lib"];
  const folderOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf("/")));
  return {
    ...sampleImage("x", { files: 0, packages: 1 }),
    packages: [{ name: "libz", version: "1.3", type: "deb", size: 0, files: 0 }],
    files: {
      folders,
      names: paths.map((path) => path.slice(path.lastIndexOf("/") + 1)),
      folder: paths.map((path) => folders.indexOf(folderOf(path))),
      sizes: Object.values(files),
      layer: paths.map((_, at) => at % 2),
      package: paths.map((path) => (path.startsWith("lib/") ? 0 : -1)),
      modes: paths.map(() => 0o100644),
    },
  };
}

const FILES = { top: 1, "app/a/b/large": 60, "app/a/b/small": 5, "lib/z.so": 30, "lib/empty": 0 };

function outline(part: Part): unknown {
  return part.children.length === 0
    ? part.size
    : Object.fromEntries(part.children.map((child) => [child.name, outline(child)]));
}

test("files are a tree by what they are there for: a package first, else what made their layer", () => {
  const image = imageOf(FILES);
  const plain = { ...image, layers: image.layers.map(({ cause: _cause, ...layer }) => layer) };
  assert.deepEqual(outline(treeOf(plain, "cause")), {
    Packages: { libz: { lib: { "z.so": 30, empty: 0 } } },
    Unexplained: { "nothing says what made it": { "app/a/b": { large: 60, small: 5 }, top: 1 } },
  });
  const causes = [
    { kind: "run", title: "RUN make", place: "Dockerfile:3, stage build" },
    { kind: "copy", title: "COPY . /" },
  ] as const;
  const layers = plain.layers.map((layer, at) => ({ ...layer, cause: causes[at] ?? causes[0] }));
  const told = outline(treeOf({ ...plain, layers }, "cause")) as Readonly<Record<string, object>>;
  assert.deepEqual(Object.keys(told).sort(), ["COPY and ADD", "Packages", "RUN"]);
  assert.deepEqual(Object.keys(told.RUN ?? {}), ["RUN make (Dockerfile:3, stage build)"]);
});

test("files are a tree by folders, packages or layers; a folder with one folder in it is one part with it", () => {
  const image = imageOf(FILES);
  assert.deepEqual(outline(treeOf(image, "folder")), {
    "app/a/b": { large: 60, small: 5 },
    lib: { "z.so": 30, empty: 0 },
    top: 1,
  });
  assert.deepEqual(outline(treeOf(image, "package")), {
    "in no package": { "app/a/b": { large: 60, small: 5 }, top: 1 },
    libz: { lib: { "z.so": 30, empty: 0 } },
  });
  const layers = treeOf(image, "layer");
  assert.deepEqual(
    layers.children.map(({ size, files }) => [size, files]),
    [
      [90, 2],
      [6, 3],
    ],
  );
  assert.equal(titleOf(findFile(layers, 1) as Part), "/app/a/b/large");
  assert.equal(findFile(layers, 9), undefined);
});

test("every part of the map is inside the one that it is in, and as large as it is heavy", () => {
  const root = treeOf(sampleImage("x", { files: 2000, packages: 30 }), "package");
  const cells = cellsOf(root, { width: 1000, height: 500 });
  assert.ok(cells.length > 50 && cells.length < 2000, String(cells.length));
  for (const { x, y, width, height, part } of cells) {
    assert.ok(x >= 0 && y >= 0 && x + width <= 1000 && y + height <= 500, part.name);
    const outer = cells.find((cell) => cell.part === part.parent);
    if (outer) assert.ok(x >= outer.x && y >= outer.y + 20 && x + width <= outer.x + outer.width, part.name);
  }
  const top = cells.filter(({ depth }) => depth === 1);
  const [first] = top as [Cell];
  for (const { part, width, height } of top.slice(0, 4)) {
    const expected = part.size / first.part.size;
    assert.ok(Math.abs((width * height) / (first.width * first.height) - expected) < 0.05, part.name);
  }
});

test("the map of nothing, of one file, and of very many files in one folder", () => {
  const box = { width: 300, height: 300 };
  assert.deepEqual(cellsOf(treeOf(imageOf({}), "folder"), box), []);
  assert.equal(cellsOf(treeOf(imageOf({ top: 5 }), "folder"), box).length, 1);
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`f${at}`, 10 + (at % 7)]));
  const cells = cellsOf(treeOf(imageOf(many), "folder"), box);
  assert.ok(cells.length <= 301);
  const rest = cells.find(({ part }) => part.kind === "rest");
  assert.match(rest?.part.name ?? "", /^4,976 more$/);
});

test("arrow keys lead to the nearest area in their direction, and stay where there is none", () => {
  const at = (x: number, y: number): Cell => ({ x, y, width: 10, height: 10, isOpen: false }) as Cell;
  const cells = [at(0, 0), at(10, 0), at(0, 10), at(10, 10)];
  const from = (place: number) =>
    ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "x"].map((key) => neighbour(cells, place, key));
  assert.deepEqual(from(0), [1, 2, 0, 0, 0]);
  assert.deepEqual(from(3), [3, 3, 2, 1, 3]);
});

test("a search finds by path and by package, every word, in any case", () => {
  const image = imageOf(FILES);
  const names = (query: string) => {
    const found = search(image, query);
    return found && largest(image, found, 9).map((file) => pathOfFile(image, file));
  };
  assert.equal(search(image, "  "), undefined);
  assert.deepEqual(names("LARGE"), ["/app/a/b/large"]);
  assert.deepEqual(names("/a/ small"), ["/app/a/b/small"]);
  assert.deepEqual(names("libz"), ["/lib/z.so", "/lib/empty"]);
  assert.deepEqual(names("/top"), ["/top"]);
  assert.deepEqual(names("nosuch"), []);
  const root = treeOf(image, "folder");
  const sizes = matchedSizes(root, search(image, "lib") as NonNullable<ReturnType<typeof search>>);
  assert.deepEqual([...sizes].map(([part]) => part.name).sort(), ["empty", "lib", "x", "z.so"]);
});

test("stages stand right of what they take from; an arrow passes no box", () => {
  const [, image] = sampleReport(24).images;
  const build = image?.build as ReportBuild;
  const { slots, columns } = rowsOf(build.stages, 100);
  assert.deepEqual(
    slots.boxes.map(({ column }) => column),
    [0, 1, 2, 3, 4],
  );
  assert.equal(columns, 5);
  for (const [arrow, ways] of slots.ways)
    for (const way of ways)
      for (const box of slots.boxes.filter(({ column }) => column === way.column))
        assert.ok(way.top >= box.top + box.height || way.top + way.height <= box.top, arrow);
  const wide = stageGraph(build, 1100);
  assert.ok(wide.width <= 1100);
  assert.equal(wide.arrows.length, 7);
  const narrow = stageGraph(build, 300);
  assert.deepEqual([narrow.width, new Set(narrow.boxes.map(({ x }) => x)).size], [300, 1]);
});

test("one stage, and none, are graphs too", () => {
  const stage: ReportStage = { name: "a", base: "scratch", uses: [] };
  const build = { at: "", took: 0, steps: [] };
  assert.equal(stageGraph({ ...build, stages: [stage] }, 1000).boxes.length, 1);
  assert.deepEqual(stageGraph({ ...build, stages: [] }, 1000).boxes, []);
  // No build makes this, but a record may have been changed.
  const odd: ReportStage = {
    name: "b",
    base: "c",
    uses: [
      { stage: 0, how: "copy" },
      { stage: 1, how: "copy" },
    ],
  };
  for (const width of [1000, 300])
    assert.equal(stageGraph({ ...build, stages: [odd, odd] }, width).boxes.length, 2);
});

test("the same thing has the same colour in every image; what is small is one piece", () => {
  const many = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`f${at}`, 100 - at]));
  const image = (files: Readonly<Record<string, number>>) => ({ ...imageOf(files), packages: [] });
  const [large, small] = piecesOf([image(many), image({ f3: 7, f11: 1 })]);
  assert.deepEqual(
    large?.map(({ name }) => name),
    ["f0", "f1", "f2", "f3", "f4", "f5", "f6", "5 more"],
  );
  assert.equal(large?.at(-1)?.size, 93 + 92 + 91 + 90 + 89);
  assert.deepEqual(small, [
    { name: "f3", size: 7, hue: large?.[3]?.hue },
    { name: "1 more", size: 1, hue: undefined },
  ]);
});

test("numbers are written as people read them", () => {
  assert.deepEqual([0, 999, 1000, 1_830_000, 999_999, 862e6].map(bytes), [
    "0 B",
    "999 B",
    "1 kB",
    "1.83 MB",
    "1 MB",
    "862 MB",
  ]);
  assert.deepEqual(
    [share(1, 0), share(1, 1000), share(123, 1000), share(55, 1000)],
    ["0 %", "< 1 %", "12 %", "5.5 %"],
  );
  assert.deepEqual([4, 3210, 252_000].map(duration), ["4 ms", "3.2 s", "4 min 12 s"]);
  assert.deepEqual(
    [change(862, 1.83), change(100, 88), change(1, 3), change(5, 5), change(5, 0), change(0, 5)],
    ["471× less", "12 % less", "3× more", "the same", "gone", "new"],
  );
  assert.deepEqual([0o100755, 0o104755, 0o102644, 0o041777, 0o120777].map(permissions), [
    "-rwxr-xr-x",
    "-rwsr-xr-x",
    "-rw-r-Sr--",
    "-rwxrwxrwt",
    "lrwxrwxrwx",
  ]);
});
