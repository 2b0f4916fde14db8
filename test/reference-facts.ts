import { lstatSync, lutimesSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { BuildRequest } from "../src/api/index.ts";
import { collectBytes } from "../src/base/index.ts";
import { openStore } from "../src/store/index.ts";
import { buildTree, walkTree } from "../src/tree/index.ts";
import { CONTEXT } from "./docker-cases.ts";
import { buildImage, configOf, folder, ROOT } from "./harness.ts";

/** What an image of the reference (BuildKit 0.34.2) has, written down. */
export interface ImageLines {
  /** `/path kind mode owner`, link, content, and `old` for the time of the context's files; directories get new ones. */
  readonly files: readonly string[];
  /** `created_by`, with `-` in front where it has no layer. */
  readonly history: readonly string[];
}

export interface ReferenceCase extends ImageLines {
  readonly name: string;
  readonly dockerfile: string;
}

/** Long ago, so that it can be seen whether a time is kept. */
const OLD = 1_000_000_000;

/** Builds a Dockerfile with the context that all cases share, and says what came of it. */
export async function factsOf(
  dockerfile: string,
  { files, ...request }: Partial<BuildRequest> & { readonly files?: Parameters<typeof folder>[0] } = {},
): Promise<ImageLines> {
  using context = folder({ ...CONTEXT, ...files, Dockerfile: dockerfile });
  settle(context.path);
  const { result } = await buildImage({
    context: context.path,
    noCache: true,
    hostCa: "off",
    environment: {},
    ...request,
  });
  const id = result.imageId ?? "";
  const { history = [] } = await configOf(id);
  return {
    files: await fileLines(id),
    history: history.map(({ created_by = "", empty_layer }) => `${empty_layer ? "-" : ""}${created_by}`),
  };
}

async function fileLines(imageId: string): Promise<readonly string[]> {
  const store = await openStore(ROOT);
  const record = await store.images.resolve(imageId);
  const layers = await Promise.all((record?.layers ?? []).map(async (id) => store.layers.get(id)));
  const known = layers.filter((layer) => layer !== undefined);
  const tree = buildTree(await Promise.all(known.map((layer) => layer.index())));
  const lines: string[] = [];
  for (const { entry, layer } of walkTree(tree)) {
    if (entry.path === "") continue;
    const { path, kind, mode, uid, gid, mtime, link } = entry;
    const bytes = kind === "file" ? known[layer]?.read(entry) : undefined;
    const content = bytes && JSON.stringify(Buffer.from(await collectBytes(bytes)).toString("utf8"));
    const parts = [`/${path}`, kind, kind === "symlink" ? `-> ${link}` : mode.toString(8), `${uid}:${gid}`];
    lines.push(
      [...parts, content, kind !== "dir" && mtime === OLD ? "old" : undefined].filter(Boolean).join(" "),
    );
  }
  return lines;
}

function settle(directory: string): void {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (lstatSync(path).isDirectory()) settle(path);
    lutimesSync(path, OLD, OLD);
  }
}
