import type { HistoryEntry, RuntimeConfig } from "../oci/index.ts";
import { comparePaths, type Entry } from "../tree/index.ts";
import { analyseFiles } from "./analyse-files.ts";
import type { LayerContent } from "./analysed-image.ts";
import { imageFacts } from "./image-facts.ts";
import type { FileAnalysis, ImageAnalysis } from "./types.ts";

/** What a test's layer has at a path: a text is a file. */
export type Sample = string | Uint8Array | (Partial<Entry> & { readonly content?: string | Uint8Array });

/** A layer by paths; folders are implied. */
export function layerOf(id: string, samples: Readonly<Record<string, Sample>>): LayerContent {
  const contents = new Map<string, Buffer>();
  const entries = Object.entries(samples).map(([path, sample]): Entry => {
    const { content = "", ...given } =
      typeof sample === "string" || sample instanceof Uint8Array ? { content: sample } : sample;
    const bytes = Buffer.from(content as string);
    contents.set(path, bytes);
    return { path, kind: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, size: bytes.length, ...given };
  });
  return {
    id,
    index: { entries: entries.sort((a, b) => comparePaths(a.path, b.path)) },
    read: ({ path, kind, link = "" }, start, length) =>
      contents.get(kind === "hardlink" ? link : path)?.subarray(start, start + length) ?? Buffer.alloc(0),
  };
}

/** The analysis of layers, bottom first. */
export function analysisOf(...layers: readonly Readonly<Record<string, Sample>>[]): Promise<FileAnalysis> {
  const contents = layers.map((samples, number) => layerOf(`layer${number}`, samples));
  return analyseFiles(contents, new AbortController().signal);
}

/** The same with a config. */
export async function imageOf(
  layers: readonly Readonly<Record<string, Sample>>[],
  { name = "image", ...config }: RuntimeConfig & { readonly name?: string } = {},
  history: readonly HistoryEntry[] = [],
): Promise<ImageAnalysis> {
  const files = await analysisOf(...layers);
  const facts = {
    os: "linux",
    architecture: "amd64",
    config,
    history,
    rootfs: { type: "layers", diff_ids: [] },
  } as const;
  return { image: imageFacts(facts, { name, id: `sha256:${name}`, users: files.users }), ...files };
}

/** Something that can be started. */
export function program(): { readonly content: string; readonly mode: number } {
  return { content: "#!/nothing\n", mode: 0o755 };
}
