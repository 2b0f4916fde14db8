import assert from "node:assert/strict";
import { test } from "node:test";
import { analysisOf } from "../analysis/fixtures.ts";
import type { ImageAnalysis } from "../analysis/index.ts";
import type { BuildRecord } from "../store/index.ts";
import type { ReportImage } from "./data.ts";
import { reportData } from "./image-report.ts";

const FACTS: ImageAnalysis["image"] = {
  name: "app:1",
  id: "sha256:1",
  platform: "linux/amd64",
  user: "",
  isRoot: true,
  ports: [],
  volumes: [],
  entrypoint: [],
  command: [],
  workingDirectory: "/",
  hasHealthcheck: false,
  environment: [],
  secrets: [{ where: "environment variable TOKEN", what: "a token" }],
  history: [
    { createdBy: "/bin/sh -c #(nop) ADD file:1 in / " },
    { createdBy: "RUN /bin/sh -c make # buildkit" },
    { createdBy: "" },
  ],
};

const DIR = { kind: "dir", mode: 0o755 } as const;
const STATUS = "Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:1.3\n\n";

async function sample(): Promise<ImageAnalysis> {
  const files = await analysisOf(
    {
      usr: DIR,
      "usr/bin": DIR,
      "usr/bin/bash": { content: "#!/x", mode: 0o755 },
      "usr/bin/sh": { kind: "symlink", link: "bash", mode: 0o777, size: 0 },
      "usr/bin/python3.11": { content: "#!/x", mode: 0o755 },
      "usr/bin/basher": { content: "#!/x", mode: 0o755 },
      "usr/bin/wget": "no program",
      empty: DIR,
      "var/lib/dpkg/status": STATUS,
      "var/lib/dpkg/info/zlib1g:amd64.list": "/.\n/usr\n/usr/lib\n/usr/lib/libz.so\n",
    },
    {
      "usr/bin/basher": "12345678",
      "usr/bin/su": { content: "#!/bin/sh", mode: 0o4755 },
      "usr/lib/libz.so": "elf",
    },
    { open: { content: "x", mode: 0o666 } },
  );
  return { ...files, image: FACTS };
}

async function reported(more: { readonly build?: BuildRecord } = {}): Promise<ReportImage> {
  const { images } = reportData([{ analysis: await sample(), documents: [], ...more }], "tare");
  return images[0] as ReportImage;
}

test("files become columns: folders once and before what is in them, none that is empty", async () => {
  const { files, packages } = await reported();
  assert.deepEqual(files.folders, [
    "",
    "usr",
    "usr/bin",
    "usr/lib",
    "var",
    "var/lib",
    "var/lib/dpkg",
    "var/lib/dpkg/info",
  ]);
  const rows = files.names.map((name, at) => [
    `${files.folders[files.folder[at] as number]}/${name}`,
    files.sizes[at],
    files.layer[at],
    packages[files.package[at] as number]?.name,
    files.modes[at]?.toString(8),
  ]);
  assert.deepEqual(rows.slice(0, 5), [
    ["/open", 1, 2, undefined, "100666"],
    ["usr/bin/bash", 4, 0, undefined, "100755"],
    ["usr/bin/basher", 8, 1, undefined, "100644"],
    ["usr/bin/python3.11", 4, 0, undefined, "100755"],
    ["usr/bin/sh", 0, 0, undefined, "120777"],
  ]);
  assert.deepEqual(rows.find(([path]) => path === "usr/lib/libz.so")?.slice(1, 4), [3, 1, "zlib1g"]);
});

test("layers are called by what made them, and tell what later ones cover", async () => {
  const { layers } = await reported();
  assert.deepEqual(
    layers.map(({ title, size, visible }) => [title, size - visible]),
    [
      ["ADD file:1 in /", 4],
      ["RUN make", 0],
      ["layer 3", 0],
    ],
  );
});

test("how an image was built goes along as it was remembered", async () => {
  const build: BuildRecord = {
    version: 1,
    startedAt: Date.UTC(2024, 0, 2),
    took: 5,
    stages: [{ name: "a", base: "scratch", uses: [] }],
    steps: [{ name: "s", stage: 0, inputs: [], outcome: "done", startedAt: 0, took: 5, critical: true }],
  };
  const report = (await reported({ build })).build;
  assert.deepEqual(report?.at, "2024-01-02T00:00:00.000Z");
  assert.deepEqual(report?.steps, [
    { name: "s", stage: 0, outcome: "done", startedAt: 0, took: 5, critical: true },
  ]);
});

test("facts, findings and differences are those of the analysis, in the page's words", async () => {
  const analysis = await sample();
  const { files: _files, ...rest } = analysis;
  const bare = { ...rest, files: [], packages: [], tools: [], image: { ...FACTS, isRoot: false } };
  const { images, changes } = reportData(
    [analysis, bare].map((one) => ({ analysis: one, documents: [] })),
    "tare",
  );
  const facts = images.map(
    ({ metrics }) => new Map(metrics.map(({ id, value, tone }) => [id, [value, tone]])),
  );
  assert.deepEqual(
    facts.map((map) => [map.get("shells"), map.get("root"), map.get("layers")]),
    [
      [
        [1, "warn"],
        ["yes", "warn"],
        [3, undefined],
      ],
      [
        [0, "good"],
        ["no", "good"],
        [3, undefined],
      ],
    ],
  );
  const [surface, none] = images.map((image) => image.surface);
  assert.ok(surface && none && surface.score > none.score);
  assert.deepEqual(surface.findings.find(({ title }) => title === "shells")?.items, ["/usr/bin/bash"]);
  assert.deepEqual(
    changes.map(({ gone, came }) => [gone.largest.map(({ name }) => name), came.count]),
    [[["zlib1g", "/usr/bin", "/"], 0]],
  );
});
