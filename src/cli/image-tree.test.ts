import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImageSummary } from "../api/index.ts";
import { imageTree } from "./image-tree.ts";

const id = (digit: string) => `sha256:${digit.repeat(64)}` as const;

test("an image is its names, the facts behind the last one, and below it its platform", () => {
  const common = { labels: {}, size: 13_600_000 };
  const images: readonly ImageSummary[] = [
    {
      ...common,
      id: id("a"),
      digest: id("d"),
      references: ["1", "latest"].map((tag) => ({ domain: "docker.io", path: "library/application", tag })),
      dangling: false,
      platform: { os: "linux", architecture: "arm64", variant: "v8" },
      contentSize: 4_090_000,
    },
    {
      ...common,
      id: id("b"),
      references: [],
      dangling: true,
      platform: { os: "linux", architecture: "amd64" },
    },
  ];
  assert.deepEqual(imageTree(images, { truncate: true }), [
    "IMAGE                ID             DISK USAGE   CONTENT SIZE",
    "application:1",
    "application:latest   aaaaaaaaaaaa       13.6MB         4.09MB",
    "└─ linux/arm64/v8    aaaaaaaaaaaa       13.6MB         4.09MB",
    "",
    "<untagged>           bbbbbbbbbbbb       13.6MB              -",
    "└─ linux/amd64       bbbbbbbbbbbb       13.6MB              -",
  ]);
  assert.match(imageTree(images, { truncate: false })[3] ?? "", new RegExp(`  ${id("a")}  `));
  const [first] = images as [ImageSummary];
  const amd = { id: id("c"), platform: { os: "linux", architecture: "amd64" }, size: 10_000_000 };
  const arm = { id: id("a"), platform: first.platform, size: 13_600_000, contentSize: 4_090_000 };
  assert.deepEqual(imageTree([{ ...first, platforms: [amd, arm] }], { truncate: true }).slice(1), [
    "application:1",
    "application:latest   aaaaaaaaaaaa       23.6MB              -",
    "├─ linux/amd64       cccccccccccc         10MB              -",
    "└─ linux/arm64/v8    aaaaaaaaaaaa       13.6MB         4.09MB",
  ]);
  assert.deepEqual(imageTree([], { truncate: true }), ["IMAGE   ID   DISK USAGE   CONTENT SIZE"]);
});
