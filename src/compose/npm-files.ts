import { TareError } from "../base/index.ts";
import { type StrippedElf, strippedElf, wholeBytes } from "../elf/index.ts";
import type { RecipeNpmPackage } from "../recipe/index.ts";
import { type Bytes, baseName, type Entry } from "../tree/index.ts";
import type { PackageLayer } from "./package-layer.ts";
import { type Placed, placedStream } from "./placed.ts";

type Move = RecipeNpmPackage["files"][number];

/** The files that a recipe takes of an npm package. `user-bad-recipe` for one that the package does not have. */
export async function npmFiles(
  { layer, facts }: PackageLayer,
  { name, files, strip }: RecipeNpmPackage,
): Promise<readonly Placed[]> {
  const { entries } = await layer.index();
  const regular = entries.filter(({ kind }) => kind === "file");
  const placed = files.flatMap((move) => {
    const found = regular.flatMap((entry): readonly Placed[] => {
      const path = movedPath(entry.path, move);
      if (path === undefined) return [];
      return [
        { entry: entryAt(path, entry), read: () => layer.read(entry), program: facts.programs[entry.path] },
      ];
    });
    if (found.length > 0) return found;
    throw new TareError("user-bad-recipe", `the npm package ${name} has no ${move.from}`, {
      hint: "paths count from the root of the package; those of its files are in the registry's archive",
    });
  });
  return strip ? Promise.all(placed.map(stripped)) : placed;
}

/** A program or library without what stands behind all that is loaded of it; anything else as it is. */
async function stripped(placed: Placed): Promise<Placed> {
  const { entry, read, program } = placed;
  if (!read || program?.kind !== "elf") return placed;
  const start = await startOf(read());
  const left = strippedElf(wholeBytes(start));
  if (!left || left.size >= entry.size) return placed;
  const { path, mode, uid, gid, mtime } = entry;
  return placedStream({ path, mode, uid, gid, mtime }, { read: () => cutAt(read(), left), program });
}

/** Where the program headers are, whatever wrote the file. */
const START = 64 << 10;

async function startOf(bytes: Bytes): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of bytes) {
    pieces.push(piece);
    length += piece.length;
    if (length >= START) break;
  }
  return Buffer.concat(pieces);
}

async function* cutAt(bytes: Bytes, { size, header }: StrippedElf): Bytes {
  let at = 0;
  yield header;
  for await (const piece of bytes) {
    const wanted = piece.subarray(Math.max(0, header.length - at), Math.max(0, size - at));
    if (wanted.length > 0) yield wanted;
    at += piece.length;
    if (at >= size) return;
  }
}

/**
 * Where a path of the archive goes; undefined when it is neither the file that is moved nor in the folder. All of an
 * archive is in one folder, whose name means nothing (mostly `package`).
 */
export function movedPath(path: string, { from, to }: Move): string | undefined {
  const inPackage = path.slice(path.indexOf("/") + 1);
  const target = to.slice(1);
  const isFolder = target === "" || target.endsWith("/");
  if (inPackage === from) return isFolder ? `${target}${baseName(path)}` : target;
  const folder = from === "" || from.endsWith("/") ? from : `${from}/`;
  if (!inPackage.startsWith(folder)) return undefined;
  const rest = inPackage.slice(folder.length);
  return isFolder ? `${target}${rest}` : `${target}/${rest}`;
}

/** The registry's archives have owners and modes of nobody in particular. */
function entryAt(path: string, { mode, size, mtime, digest }: Entry): Entry {
  const executable = (mode & 0o111) !== 0;
  return {
    path,
    kind: "file",
    mode: executable ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    mtime,
    size,
    ...(digest !== undefined && { digest }),
  };
}
