import { createReadStream } from "node:fs";
import { posix } from "node:path";
import { readTar, type TarHeader } from "../src/archive/index.ts";
import { sha256 } from "../src/base/index.ts";
import type { HistoryEntry, ImageConfig } from "../src/oci/index.ts";

/** All that two builders have to agree on, as lines that a test can compare and show. */
export interface ImageFacts {
  readonly files: readonly string[];
  readonly config: readonly string[];
  readonly history: readonly string[];
  readonly layers: number;
}

interface Node {
  readonly header: TarHeader;
  readonly content: Buffer;
  /** The same for all names of one file. */
  readonly inode: string;
}

/** Reads what `docker save` or `-o type=docker` wrote. Layers are merged here anew, not by what is tested. */
export async function readDockerArchive(path: string): Promise<ImageFacts> {
  const members = new Map<string, Buffer>();
  const links = new Map<string, string>();
  for await (const { header, content } of readTar(createReadStream(path))) {
    members.set(header.name, await collect(content()));
    // Docker writes a layer that appears twice as a link.
    if (header.type === "symlink") links.set(header.name, posix.join(header.name, "..", header.linkname));
  }
  const member = (name: string) => members.get(links.get(name) ?? name) as Buffer;
  const [image] = JSON.parse(String(member("manifest.json"))) as [{ Config: string; Layers: string[] }];
  const config = JSON.parse(String(member(image.Config))) as ImageConfig;
  const tree = new Map<string, Node>([["", { header: ROOT, content: Buffer.alloc(0), inode: "" }]]);
  for (const [number, layer] of image.Layers.entries()) await applyLayer(tree, member(layer), number);
  return {
    files: describeTree(tree),
    config: describeConfig(config),
    history: (config.history ?? []).map(describeHistory),
    layers: image.Layers.length,
  };
}

const ROOT: TarHeader = {
  name: "",
  type: "dir",
  mode: 0o755,
  uid: 0,
  gid: 0,
  uname: "",
  gname: "",
  size: 0,
  mtime: 0,
  linkname: "",
};

/** OCI image-spec, layer.md, "Applying Changesets". */
async function applyLayer(tree: Map<string, Node>, layer: Buffer, number: number): Promise<void> {
  const fresh = new Set<string>();
  const removeBelow = (path: string, keep: ReadonlySet<string>) => {
    const inside = path === "" ? "" : `${path}/`;
    for (const name of tree.keys())
      if (name !== "" && name.startsWith(inside) && !keep.has(name)) tree.delete(name);
  };
  for await (const { header, content } of readTar(once(layer))) {
    const path = cleaned(header.name);
    const name = posix.basename(path);
    const parent = path.slice(0, Math.max(path.lastIndexOf("/"), 0));
    if (name === ".wh..wh..opq") removeBelow(parent, fresh);
    else if (name.startsWith(".wh.")) {
      const gone = cleaned(`${parent}/${name.slice(".wh.".length)}`);
      removeBelow(gone, fresh);
      tree.delete(gone);
    } else {
      if (header.type !== "dir" || tree.get(path)?.header.type !== "dir") removeBelow(path, new Set());
      const own = { header, content: await collect(content()), inode: `${number} ${path}` };
      tree.set(path, header.type === "hardlink" ? (tree.get(cleaned(header.linkname)) as Node) : own);
      fresh.add(path);
    }
  }
}

function cleaned(name: string): string {
  return name.replace(/^(\.?\/)+|\/+$|^\.$/g, "");
}

const HOUR = 3600;

/**
 * Old times only, and not of directories: Docker 20.10 forgets those of a context, and what is made while
 * building has no time to agree on.
 */
function describeTree(tree: ReadonlyMap<string, Node>): readonly string[] {
  const names = new Map<string, string[]>();
  for (const path of [...tree.keys()].sort()) {
    const { inode } = tree.get(path) as Node;
    names.set(inode, [...(names.get(inode) ?? []), path]);
  }
  return [...tree]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, { header, content, inode }]) => {
      const { type, mode, uid, gid, mtime, linkname, device, xattrs = {} } = header;
      const isOld = type !== "dir" && mtime < Date.now() / 1000 - HOUR;
      return [
        `/${path} ${type} ${uid}:${gid}`,
        type === "symlink" ? `-> ${linkname}` : mode.toString(8),
        ...(type === "file" ? [`${content.length} bytes ${sha256(content).slice(7, 19)}`] : []),
        ...(device ? [`${device.major},${device.minor}`] : []),
        ...((names.get(inode)?.length ?? 0) > 1 ? [`also ${names.get(inode)}`] : []),
        ...Object.entries(xattrs).map(([key, value]) => `${key}=${Buffer.from(value).toString("hex")}`),
        ...(isOld ? [`of ${mtime}`] : []),
      ].join(" ");
    });
}

function describeConfig({ config = {}, author, os, architecture }: ImageConfig): readonly string[] {
  const isEmpty = (value: unknown) =>
    !value || (typeof value === "object" && Object.keys(value).length === 0) || value === "";
  const sorted = (value: unknown): unknown =>
    value && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  const told = KEYS.filter((key) => !isEmpty(config[key]));
  return [
    `${os}/${architecture} ${author ?? ""}`,
    ...told.map((key) => `${key} ${JSON.stringify(sorted(config[key]))}`),
  ];
}

const KEYS = [
  "Env",
  "Cmd",
  "Entrypoint",
  "ArgsEscaped",
  "WorkingDir",
  "User",
  "ExposedPorts",
  "Volumes",
  "Labels",
  "StopSignal",
  "Shell",
  "Healthcheck",
  "OnBuild",
] as const;

/** In the words of Docker 20.10, where BuildKit has others by now. */
function describeHistory({ created_by = "", comment = "", empty_layer }: HistoryEntry): string {
  const text = created_by
    // It left out the flags,
    .replace(/^((?:ADD|COPY) )(?:--(?:chown|chmod)=\S+ )+/, "$1")
    // printed ports as the keys of a map,
    .replace(/^EXPOSE map\[(.*)\]$/, (_all, ports: string) => `EXPOSE [${ports.replaceAll(":{}", "")}]`)
    // and these as Go prints a pointer to a struct.
    .replace(/^HEALTHCHECK .*$/, "HEALTHCHECK");
  return `${text} (${comment}${empty_layer ? ", no layer" : ""})`;
}

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
