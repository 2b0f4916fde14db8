import assert from "node:assert/strict";
import { test } from "node:test";
import type { Comparison, GroupChange } from "../api/index.ts";
import { attackText } from "./attack-text.ts";
import { barText } from "./bar.ts";
import { compareMarkdown } from "./compare-markdown.ts";
import { compareLine, compareText } from "./compare-text.ts";
import { widthOf } from "./text.ts";
import { parseSize } from "./units.ts";

function metric(id: string, unit: "bytes" | "count" | "yes-no", values: readonly number[]) {
  const [first = 0, ...others] = values;
  return {
    id,
    title: id,
    unit,
    values,
    estimated: values.map((_value, at) => id === "compressed" && at === 0),
    ratios: others.map((value) => (value === 0 ? null : first / value)),
  };
}

function gone(name: string, size: number): GroupChange {
  return { kind: "package", name, type: "deb", before: { size, files: 1, version: "1" } };
}

const COMPARISON: Comparison = {
  images: ["full", "b|<b>\x1b[31m"].map((name) => ({ name, id: "sha256:0", platform: "linux/amd64" })),
  metrics: [
    metric("size", "bytes", [862_000_000, 1_830_000]),
    metric("compressed", "bytes", [300_000_000, 1_000_000]),
    metric("files", "count", [12_345, 1]),
    metric("packages", "count", [96, 0]),
    metric("shells", "count", [0, 0]),
    metric("root", "yes-no", [1, 0]),
    metric("attack-surface", "count", [10, 20]),
  ],
  changes: [
    {
      from: "full",
      to: "b|<b>\x1b[31m",
      gone: [gone("big", 800_000_000), gone("small\x1b[2J", 60_000_000), gone("tiny", 1)],
      came: [],
      changed: [
        {
          kind: "package",
          name: "libc6",
          type: "deb",
          before: { size: 5, files: 2, version: "2.36" },
          after: { size: 6, files: 2, version: "2.41" },
        },
        { kind: "folder", name: "/opt/app", before: { size: 5, files: 2 }, after: { size: 6, files: 2 } },
      ],
    },
  ],
};

test("the table, bars in ASCII where nothing else is known, no more rows than asked for, no escape sequences", () => {
  assert.deepEqual(compareText(COMPARISON, { top: 2, unicode: false }).split("\n"), [
    "full    862MB    ########################################",
    "b|<b>   1.83MB   #",
    "",
    "                 full     b|<b>",
    "size             862MB    1.83MB   471x smaller",
    "compressed       ~300MB   1MB      300x smaller",
    "files            12,345   1        12,345x fewer",
    "packages         96       0        none left",
    "shells           0        0",
    "root             yes      no",
    "attack-surface   10       20       2x more",
    "",
    "full -> b|<b>",
    "",
    "went away: -860MB in 3 packages",
    "  -800MB   ############   big 1 (deb)     1 file",
    "  -60MB    #              small 1 (deb)   1 file",
    "  and 1 more, -1B",
    "",
    "changed: +2B in 1 package, 1 folder",
    "  +1B   #   libc6 2.36 -> 2.41 (deb)   2 files",
    "  +1B   #   /opt/app                   2 files",
    "",
  ]);
});

test("every line fits into the terminal", () => {
  const titled = COMPARISON.metrics.map((one) => ({ ...one, title: `${one.title} of the whole image` }));
  for (const columns of [40, 60, 80, 200]) {
    const text = compareText({ ...COMPARISON, metrics: titled }, { top: 9, unicode: true, columns });
    for (const line of text.split("\n")) assert.ok(widthOf(line) <= columns, `${columns}: ${line}`);
    for (const told of ["862MB", "471x smaller", "runs as root of the whole image", "-800MB", "/opt/app"])
      assert.ok(text.includes(told.replace("runs as ", "")), `${columns}: ${told}`);
  }
});

test("several images stand below each other where they have no room beside each other", () => {
  const images = ["full", "slim", "a-third-one-of-a-long-name"].map((name) => ({
    name,
    id: "sha256:0",
    platform: "linux/amd64",
  }));
  const metrics = [metric("size", "bytes", [862_000_000, 1_830_000, 5]), metric("files", "count", [9, 9, 0])];
  const look = { top: 1, unicode: false, columns: 40 };
  assert.deepEqual(compareText({ images, metrics, changes: [] }, look).split("\n").slice(4), [
    "size",
    "  full     862MB",
    "  slim     1.83MB   471x smaller",
    "  a-thi…   5B       172,400,000x smaller",
    "files",
    "  full     9",
    "  slim     9",
    "  a-thi…   0        none left",
    "",
  ]);
});

test("a line for each further image", () => {
  assert.equal(
    compareLine(COMPARISON),
    "b|<b>: 1.83MB (471x smaller than full), 1MB compressed, 1 file, 0 packages, no shell, does not run as root, attack surface 20\n",
  );
});

test("markdown: names can neither end a cell nor begin a tag", () => {
  const text = compareMarkdown(COMPARISON, { top: 2 });
  assert.ok(text.includes("| size | 862MB | 1.83MB | 471x smaller |\n"));
  assert.ok(text.includes("|  | full | b\\|&lt;b> |  |\n"));
  assert.ok(
    text.includes("<summary><code>full</code> to <code>b|&lt;b></code>: went away, 860MB in 3 packages<"),
  );
  assert.ok(text.includes("|  | and 1 more |  |\n"));
  assert.ok(!text.includes("\x1b"));
});

test("a bar is as long as its value, and never nothing for something", () => {
  const look = { largest: 100, columns: 10, unicode: true };
  assert.deepEqual(
    [0, 0.001, 50, 56, 100, 1000].map((value) => barText(value, look)),
    ["", "▏", "█████", "█████▋", "██████████", "██████████"],
  );
  assert.equal(barText(1, { ...look, unicode: false }), "#");
  assert.equal(barText(1, { ...look, largest: 0 }), "");
});

test("sizes are read as they are written, with binary units too", () => {
  assert.deepEqual(
    ["0", "15", "20MB", "1.83 MB", "1kB", "1KiB", "2g", "1GiB", "MB", "-1", "1ib", "1xb", "1e3", ""].map(
      parseSize,
    ),
    [0, 15, 20e6, 1.83e6, 1000, 1024, 2e9, 2 ** 30, ...Array(6).fill(undefined)],
  );
});

test("the attack surface: what weighs most first, no more findings than asked for, what was not found by name", () => {
  const rows = [
    {
      id: "a",
      title: "shells",
      why: "they are",
      weight: 20,
      most: 60,
      count: 1,
      points: 20,
      found: ["/bin/sh"],
    },
    {
      id: "b",
      title: "packages",
      why: "so many",
      weight: 1,
      count: 40,
      points: 40,
      found: Array(40).fill("x\x1b[2J"),
    },
    { id: "c", title: "secrets", why: "bad", weight: 50, count: 0, points: 0, found: [] },
  ];
  assert.deepEqual(attackText({ score: 60, rows }, { top: 1, unicode: false }).split("\n"), [
    "attack surface: 60",
    "",
    "POINTS                          FOUND   WHAT       EACH",
    "40       ####################   40      packages   1",
    "20       ##########             1       shells     20, at most 60",
    "",
    "packages: so many",
    "  x",
    "  and 39 more",
    "",
    "shells: they are",
    "  /bin/sh",
    "",
    "none found: secrets",
    "",
  ]);
  const narrow = attackText({ score: 60, rows }, { top: 1, unicode: true, columns: 30 }).split("\n");
  assert.deepEqual(narrow.slice(2, 5), [
    "POINTS   FOUND   WHAT",
    "40       40      packages",
    "20       1       shells",
  ]);
});
