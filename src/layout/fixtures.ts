import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { encodeTarHeader, PLAIN_FILE, TAR_END, tarPadding } from "../archive/index.ts";
import { sha256 } from "../base/index.ts";
import { MEDIA_TYPE, type Platform, parseReference } from "../oci/index.ts";
import { blobOf } from "./blob.ts";
import type { LayoutImage, LayoutLayer } from "./image.ts";

// What the tests of this folder build their images with.

export const SIGNAL = new AbortController().signal;
export const PLATFORM: Platform = { os: "linux", architecture: "amd64" };
export function layerTar(name: string, text: string): Buffer {
  const content = Buffer.from(text);
  const dir = encodeTarHeader({ ...PLAIN_FILE, name: "etc", type: "dir", mode: 0o755 });
  const file = encodeTarHeader({ ...PLAIN_FILE, name, size: content.length, uid: 70000 });
  return Buffer.concat([dir, file, content, tarPadding(content.length), TAR_END]);
}

export function layerOf(bytes: Uint8Array, mediaType: string): LayoutLayer {
  return { ...blobOf(bytes), mediaType };
}

export function imageOf(
  tars: readonly Buffer[],
  { gzip = false, names = [] }: { readonly gzip?: boolean; readonly names?: readonly string[] } = {},
): LayoutImage {
  const config = {
    architecture: "amd64",
    os: "linux",
    config: { Cmd: ["/bin/true"] },
    rootfs: { type: "layers", diff_ids: tars.map((tar) => sha256(tar)) },
  };
  return {
    config: Buffer.from(JSON.stringify(config)),
    layers: tars.map((tar) =>
      gzip ? layerOf(gzipSync(tar), MEDIA_TYPE.layerGzip) : layerOf(tar, MEDIA_TYPE.layerTar),
    ),
    names: names.map(parseReference),
  };
}

export async function inTemp(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tare-layout-"));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A reason to skip, or false when the program runs. */
export function missing(program: string, ...args: readonly string[]): string | false {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return false;
  } catch {
    return `SKIPPED: ${program} is not installed or does not run here`;
  }
}
