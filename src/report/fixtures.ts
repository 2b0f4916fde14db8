import type {
  ReportBuild,
  ReportCause,
  ReportData,
  ReportFiles,
  ReportFinding,
  ReportImage,
  ReportPackage,
} from "./data.ts";
import { folderTable } from "./file-columns.ts";

/** A report of two images as they might be: a large one and what became of it. */
export function sampleReport(files = 3000): ReportData {
  return {
    version: 1,
    tool: "tare 0.0.0",
    images: [
      sampleImage("shop:full", { files, packages: 120 }),
      { ...sampleImage("shop:slim", { files: Math.ceil(files / 12), packages: 9 }), build: BUILD },
    ],
    changes: [
      {
        gone: { count: 111, size: 3_000_000, largest: [{ name: "bash", version: "5.2", size: 1_600_000 }] },
        came: { count: 1, size: 900, largest: [{ name: "/app", size: 900 }] },
      },
    ],
  };
}

/** An image with so many files in a handful of packages; the same every time. */
export function sampleImage(
  name: string,
  { files, packages }: { readonly files: number; readonly packages: number },
): ReportImage {
  const random = numbers(files);
  const isFull = packages > 50;
  const owners = PACKAGES.concat(Array.from({ length: packages }, (_, at) => `libpart${at}`)).slice(
    0,
    packages,
  );
  const columns = sampleFiles(files, { owners: owners.length, random });
  const size = columns.sizes.reduce((sum, bytes) => sum + bytes, 0);
  return {
    name,
    id: `sha256:${String(files).padStart(64, "a5")}`,
    platform: "linux/amd64",
    created: "2024-05-06T07:08:09Z",
    size,
    metrics: [
      { id: "size", label: "size on disk", value: size, unit: "bytes", isBurden: true },
      { id: "compressed", label: "compressed", value: Math.round(size / 2.7), unit: "bytes", isBurden: true },
      { id: "layers", label: "layers", value: 3, unit: "count" },
      { id: "files", label: "files", value: files, unit: "count", isBurden: true },
      { id: "packages", label: "packages", value: owners.length, unit: "count", isBurden: true },
      { id: "shells", label: "shells", value: isFull ? 2 : 0, unit: "count", tone: isFull ? "warn" : "good" },
      { id: "root", label: "runs as root", value: isFull ? "yes" : "no", tone: isFull ? "warn" : "good" },
    ],
    layers: ["FROM tare/node:22", "COPY --from=build /app/node_modules /app/node_modules", "COPY . /app"].map(
      (title, layer) => {
        const own = columns.layer.flatMap((place, file) =>
          place === layer ? [columns.sizes[file] ?? 0] : [],
        );
        const visible = own.reduce((sum, bytes) => sum + bytes, 0);
        const cause = CAUSES[layer] as ReportCause;
        return { title, size: visible + (layer === 1 ? 4_200_000 : 0), visible, files: own.length, cause };
      },
    ),
    packages: owners.map((owner, place): ReportPackage => {
      const own = columns.package.flatMap((at, file) => (at === place ? [columns.sizes[file] ?? 0] : []));
      const bytes = own.reduce((sum, part) => sum + part, 0);
      return {
        name: owner,
        version: `1.${place}.0`,
        type: "deb",
        license: "MIT",
        size: bytes,
        files: own.length,
      };
    }),
    files: columns,
    surface: {
      score: isFull ? 140 : 8,
      findings: [
        finding("shells", 40, isFull ? ["/bin/sh", "/bin/bash"] : []),
        finding("package managers", 30, isFull ? ["/usr/bin/apt", "/usr/bin/dpkg"] : []),
        finding("set-uid and set-gid programs", 62, isFull ? ["/usr/bin/su"] : []),
        finding("interpreters", 8, ["/usr/bin/node"]),
      ],
    },
    documents: [
      { title: "CycloneDX 1.6", fileName: "shop.cdx.json", mediaType: "application/json", text: "{}" },
    ],
  };
}

function finding(title: string, points: number, items: readonly string[]): ReportFinding {
  return {
    title,
    why: `whoever gets in goes on with ${title}`,
    points: items.length > 0 ? points : 0,
    items,
  };
}

const CAUSES: readonly ReportCause[] = [
  { kind: "composition", title: "composition of tare/node" },
  {
    kind: "copy",
    title: "COPY --from=build /app/node_modules /app/node_modules",
    place: "Dockerfile:9, stage final, out of build",
  },
  { kind: "copy", title: "COPY . /app", place: "Dockerfile:10, stage final" },
];
const PACKAGES = ["nodejs", "libicu72", "libc6", "openssl", "libstdc++6", "ca-certificates", "tzdata", "npm"];
const FOLDERS = ["usr/bin", "usr/lib/x86_64-linux-gnu", "usr/share/zoneinfo/Europe", "etc/ssl/certs", "app"];

function sampleFiles(
  count: number,
  { owners, random }: { readonly owners: number; readonly random: () => number },
): ReportFiles {
  const { paths: folders, place } = folderTable();
  const used = FOLDERS.map(place);
  for (let module = 0; module < 300 && module < count / 10; module++) {
    used.push(place(`app/node_modules/part${module}`));
    used.push(place(`app/node_modules/part${module}/dist`));
  }
  const files = Array.from({ length: count }, (_, at) => {
    const folder = used[Math.floor(random() ** 2 * used.length)] ?? 0;
    const isApp = (folders[folder] ?? "").startsWith("app");
    return {
      folder,
      name: `${isApp ? "module" : "lib"}${at}.${isApp ? "js" : "so"}`,
      size: Math.floor(2000 / (random() ** 1.6 + 0.0005)),
      package: isApp || owners === 0 ? -1 : Math.floor(random() ** 3 * owners),
      layer: isApp ? 1 + (at % 2) : 0,
      mode: at % 400 === 0 ? 0o104755 : 0o100644,
    };
  });
  return {
    folders,
    names: files.map(({ name }) => name),
    folder: files.map(({ folder }) => folder),
    sizes: files.map(({ size }) => size),
    layer: files.map(({ layer }) => layer),
    package: files.map((file) => file.package),
    modes: files.map(({ mode }) => mode),
  };
}

/** Numbers between 0 and 1 that look like chance and are always the same (a linear congruence). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

const BUILD: ReportBuild = {
  at: "2024-05-06T07:08:09Z",
  took: 41_200,
  stages: [
    { name: "base", base: "node:22", size: 1_180_000_000, leftBehind: 1_180_000_000, uses: [] },
    {
      name: "deps",
      base: "base",
      size: 1_420_000_000,
      leftBehind: 196_000_000,
      uses: [{ stage: 0, how: "base" }],
    },
    {
      name: "build",
      base: "deps",
      size: 1_461_000_000,
      leftBehind: 37_000_000,
      uses: [{ stage: 1, how: "base" }],
    },
    {
      name: "test",
      base: "deps",
      size: 1_424_000_000,
      leftBehind: 4_000_000,
      uses: [
        { stage: 1, how: "base" },
        { stage: 2, how: "mount" },
      ],
    },
    {
      name: "stage-4",
      base: "tare/node:22",
      size: 148_000_000,
      leftBehind: 0,
      uses: [
        { stage: 1, how: "copy", size: 44_000_000 },
        { stage: 2, how: "copy", size: 3_900_000 },
        { stage: 3, how: "copy", size: 12 },
      ],
    },
  ],
  steps: [
    { name: "[internal] load build context", outcome: "cached" },
    { name: "[base 1/1] FROM node:22", stage: 0, outcome: "cached", took: 21_000, size: 1_180_000_000 },
    {
      name: "[deps 1/2] COPY package.json package-lock.json /app/",
      stage: 1,
      outcome: "done",
      startedAt: 200,
      took: 90,
      size: 410_000,
      reason: "package.json has changed",
      critical: true,
    },
    {
      name: "[deps 2/2] RUN npm ci",
      stage: 1,
      outcome: "done",
      startedAt: 300,
      took: 22_400,
      size: 239_000_000,
      critical: true,
    },
    {
      name: "[build 1/2] COPY . /app",
      stage: 2,
      outcome: "done",
      startedAt: 22_700,
      took: 140,
      size: 8_000_000,
    },
    {
      name: "[build 2/2] RUN npm run build",
      stage: 2,
      outcome: "done",
      startedAt: 22_840,
      took: 9_100,
      size: 33_000_000,
    },
    {
      name: "[test 1/2] COPY . /app",
      stage: 3,
      outcome: "done",
      startedAt: 22_700,
      took: 150,
      size: 4_000_000,
      critical: true,
    },
    {
      name: "[test 2/2] RUN npm test > /report",
      stage: 3,
      outcome: "done",
      startedAt: 22_850,
      took: 17_300,
      size: 12,
      critical: true,
    },
    {
      name: "[stage-4 1/4] FROM tare/node:22",
      stage: 4,
      outcome: "done",
      startedAt: 200,
      took: 3_900,
      size: 100_000_000,
    },
    {
      name: "[stage-4 2/4] COPY --from=deps /app/node_modules /app/node_modules",
      stage: 4,
      outcome: "done",
      startedAt: 22_710,
      took: 420,
      size: 44_000_000,
    },
    {
      name: "[stage-4 3/4] COPY --from=build /app/dist /app/dist",
      stage: 4,
      outcome: "done",
      startedAt: 31_950,
      took: 60,
      size: 3_900_000,
    },
    {
      name: "[stage-4 4/4] COPY --from=test /report /report",
      stage: 4,
      outcome: "done",
      startedAt: 40_160,
      took: 20,
      size: 12,
      critical: true,
    },
    { name: "exporting to image", outcome: "done", startedAt: 40_190, took: 990, critical: true },
  ],
};
