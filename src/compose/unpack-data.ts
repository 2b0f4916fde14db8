import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  futimesSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { posix } from "node:path";
import { readTar } from "../archive/index.ts";
import { fsPath, isSystemError, TareError } from "../base/index.ts";
import { isMergedLink, MERGED_ALWAYS, MERGED_WITH_LIBRARIES, mergedPath } from "../tree/index.ts";

/** A root file system while packages are unpacked into it: the directories that exist, and nothing else may be walked. */
export interface RootWriter {
  readonly path: string;
  readonly directories: Set<string>;
}

export interface Unpacked {
  /** Paths as the package has them, for dpkg's list. */
  readonly paths: readonly string[];
  /** Seconds since 1970. */
  readonly youngest: number;
}

/** Makes the merged /usr of an empty root. */
export function prepareRoot(path: string): RootWriter {
  const directories = new Set([""]);
  mkdirSync(`${path}/usr`);
  directories.add("usr");
  for (const name of MERGED_ALWAYS) {
    mkdirSync(`${path}/usr/${name}`);
    symlinkSync(`usr/${name}`, `${path}/${name}`);
    directories.add(`usr/${name}`);
  }
  return { path, directories };
}

/**
 * Unpacks a package's data. Every parent is a directory that was made here, so no link of a package leads a
 * write elsewhere. Configuration files wait as `.dpkg-new` for dpkg to put them in place.
 */
export async function unpackData(
  data: AsyncIterable<Uint8Array>,
  {
    root,
    conffiles,
    name,
  }: { readonly root: RootWriter; readonly conffiles: ReadonlySet<string>; readonly name: string },
): Promise<Unpacked> {
  const paths: string[] = [];
  let youngest = 0;
  const links: { readonly path: string; readonly target: string }[] = [];
  for await (const { header, content } of readTar(data)) {
    const written = cleaned(header.name, name);
    paths.push(written === "" ? "/." : `/${written}`);
    if (written === "") continue;
    youngest = Math.max(youngest, header.mtime);
    const target = conffiles.has(`/${written}`) ? `${mergedPath(written)}.dpkg-new` : mergedPath(written);
    if (header.type === "dir") placing(name, target, () => makeDirectory(root, target, header));
    else {
      // The link of a merged /usr itself is made here, with the directory that it leads to.
      const above = isMergedLink(written) ? `${target}/.` : target;
      placing(name, target, () => makeParents(root, above));
      if (header.type === "hardlink")
        links.push({ path: target, target: mergedPath(cleaned(header.linkname, name)) });
      else if (header.type === "symlink") placing(name, target, () => makeLink(root, target, header));
      else if (header.type === "file") {
        const fd = placing(name, target, () => createFile(root, target));
        await fillFile(fd, { header, content });
      } else
        throw new TareError(
          "integrity-archive",
          `${name} brings a ${header.type} (${header.name}), which packages do not`,
          HINT,
        );
    }
  }
  for (const link of links) placing(name, link.path, () => makeHardLink(root, link));
  return { paths, youngest };
}

interface Facts {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
}

function cleaned(path: string, name: string): string {
  const clean = posix.normalize(`/${path}`).slice(1).replace(/\/$/, "");
  if (path.split("/").includes(".."))
    throw new TareError("integrity-archive", `${name} has a path that leads out: ${path}`, HINT);
  return clean;
}

function makeDirectory(root: RootWriter, path: string, header: Facts): void {
  if (root.directories.has(path)) return;
  makeParents(root, path);
  const full = fsPath(`${root.path}/${path}`);
  mkdirSync(full);
  added(root, path);
  chownSync(full, header.uid, header.gid);
  chmodSync(full, header.mode);
  utimesSync(full, header.mtime, header.mtime);
}

function makeParents(root: RootWriter, path: string): void {
  const parent = posix.dirname(path);
  if (parent === "." || root.directories.has(parent)) return;
  makeParents(root, parent);
  mkdirSync(fsPath(`${root.path}/${parent}`), { mode: 0o755 });
  added(root, parent);
}

/** Notes a directory that was made; one of a second word size has its link in the root from now on. */
function added(root: RootWriter, path: string): void {
  root.directories.add(path);
  const name = MERGED_WITH_LIBRARIES.find((one) => path === `usr/${one}`);
  if (name !== undefined) symlinkSync(path, `${root.path}/${name}`);
}

/** The links of the merged /usr are there already; a package may bring them too. */
function makeLink(root: RootWriter, path: string, header: Facts & { readonly linkname: string }): void {
  if (root.directories.has(path)) return;
  const full = fsPath(`${root.path}/${path}`);
  if (lstatSync(full, { throwIfNoEntry: false })) return;
  symlinkSync(header.linkname, full);
  lchownSync(full, header.uid, header.gid);
  lutimesSync(full, header.mtime, header.mtime);
}

function createFile(root: RootWriter, path: string): number {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  return openSync(fsPath(`${root.path}/${path}`), flags, 0o600);
}

async function fillFile(
  fd: number,
  { header, content }: { readonly header: Facts; readonly content: () => AsyncIterable<Uint8Array> },
): Promise<void> {
  try {
    for await (const chunk of content()) for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
    fchownSync(fd, header.uid, header.gid);
    fchmodSync(fd, header.mode);
    futimesSync(fd, header.mtime, header.mtime);
  } finally {
    closeSync(fd);
  }
}

/** The first name lies in a directory that was made here, too: a link on the way may lead to the host's files. */
function makeHardLink(
  root: RootWriter,
  { path, target }: { readonly path: string; readonly target: string },
): void {
  const parent = posix.dirname(target);
  if ((parent !== "." && !root.directories.has(parent)) || root.directories.has(target))
    throw new TareError(
      "integrity-archive",
      `/${path} is a hard link to /${target}, which is no file of it`,
      HINT,
    );
  linkSync(fsPath(`${root.path}/${target}`), fsPath(`${root.path}/${path}`));
}

const HINT = { hint: "use another mirror, or compose with --pull for the newest packages" };

/** Something else at that path is the package's fault, or another package's. */
function placing<T>(name: string, path: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!isSystemError(error, "EEXIST", "ENOENT", "ENOTDIR", "EISDIR", "ELOOP")) throw error;
    throw new TareError(
      "integrity-archive",
      `${name} can not put /${path} where it belongs (${error.code})`,
      {
        ...HINT,
        cause: error,
      },
    );
  }
}
