import { closeSync, openSync, readSync } from "node:fs";
import { fsPath } from "../base/index.ts";
import type { Entry, LayerIndex } from "../tree/index.ts";
import { type LayerFiles, linkedFiles, READ_FLAGS, readError } from "./read-layer.ts";

/** The files of a layer, open for whoever looks at a little of many of them. */
export interface LayerParts extends Disposable {
  /**
   * As many bytes of a file as there are of those asked for, read at once. A hard link has the content of its first
   * name. `integrity-store` when the file is not there.
   */
  read(entry: Entry, start: number, length: number): Uint8Array;
}

/** Opens the files of a layer; a tar once, files of a folder one after the other. */
export function openLayerParts(files: LayerFiles, index: LayerIndex): LayerParts {
  const linked = linkedFiles(index);
  const source = files.form === "tar" ? tarSource(files.tar) : folderSource(files.root);
  return {
    read(entry, start, length) {
      const file = entry.kind === "hardlink" ? linked.get(entry.link ?? "") : entry;
      const wanted = Math.max(0, Math.min(length, (file?.size ?? 0) - start));
      if (file?.kind !== "file" || wanted === 0) return new Uint8Array(0);
      return source.read(file, start, wanted);
    },
    [Symbol.dispose]: source.close,
  };
}

interface Source {
  read(file: Entry, start: number, length: number): Uint8Array;
  close(): void;
}

function tarSource(path: string): Source {
  let fd: number | undefined;
  return {
    read(file, start, length) {
      fd ??= opened(path, file);
      return readFully(fd, (file.offset ?? 0) + start, length);
    },
    close: () => fd !== undefined && closeSync(fd),
  };
}

/** The last file stays open: a program is looked at in several places. */
function folderSource(root: string): Source {
  let last: { readonly path: string; readonly fd: number } | undefined;
  const close = () => {
    if (last) closeSync(last.fd);
    last = undefined;
  };
  return {
    read(file, start, length) {
      if (last?.path !== file.path) {
        close();
        // The entry is exact and the folder our own, so no link is ever followed.
        last = { path: file.path, fd: opened(`${root}/${file.path}`, file) };
      }
      return readFully(last.fd, start, length);
    },
    close,
  };
}

function opened(path: string, file: Entry): number {
  try {
    return openSync(fsPath(path), READ_FLAGS);
  } catch (error) {
    throw readError(file, error);
  }
}

function readFully(fd: number, start: number, length: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const count = readSync(fd, bytes, done, length - done, start + done);
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}
