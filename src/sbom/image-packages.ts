import { collectBytes, mapConcurrent, TareError, throwIfCancelled } from "../base/index.ts";
import { type ElfBytes, wholeBytes } from "../elf/index.ts";
import { type Bytes, lookup, type Tree, type TreeNode, walkTree } from "../tree/index.ts";
import { isProgram } from "./readers/reader.ts";
import { type FoundPackages, isPackageFile, programPackages, readPackages, readsAlone } from "./readers.ts";

/** The files of an image, wherever they are. */
export interface ImageFiles {
  tree(): Promise<Tree>;
  read(node: TreeNode): Bytes;
  /** A file in place, where that is possible: of programs little is of interest. */
  open?(node: TreeNode): ElfBytes;
}

/** No record of packages is as large; what is larger is passed over. */
const LARGEST = 512 * 1024 * 1024;
const FILES_AT_ONCE = 16;

/**
 * The packages in an image, and its distribution. Reads only the files that say something of packages; archives, which
 * may be large, one after the other. Links count as what they lead to inside the image.
 */
export async function imagePackages(files: ImageFiles, signal: AbortSignal): Promise<FoundPackages> {
  const tree = await files.tree();
  const found = [...packageFiles(tree)];
  const programs = executables(tree).filter(([path]) => !isPackageFile(path));
  const small = found.filter(([path]) => !readsAlone(path));
  const read = ([, node]: (typeof found)[number]) => {
    throwIfCancelled(signal);
    return collectBytes(files.read(node));
  };
  const contents = await mapConcurrent(small, FILES_AT_ONCE, read);
  const { packages, ...rest } = readPackages(
    new Map(small.map(([path], at) => [path, contents[at] as Buffer])),
  );
  const all = [...packages];
  for (const file of found)
    if (readsAlone(file[0])) all.push(...readPackages(new Map([[file[0], await read(file)]])).packages);
  for (const [path, node] of programs) {
    throwIfCancelled(signal);
    const file = files.open?.(node) ?? (await programBytes(files.read(node)));
    if (file) all.push(...programPackages(file, path));
  }
  return { ...rest, packages: all };
}

/** The files that are wanted, by the paths at which an image has them. */
function packageFiles(tree: Tree): ReadonlyMap<string, TreeNode> {
  const found = new Map<string, TreeNode>();
  for (const node of walkTree(tree)) {
    const { path, kind } = node.entry;
    const paths = kind === "symlink" ? [path, `${path}/${COPYRIGHT}`] : [path];
    for (const wanted of paths.filter(isPackageFile)) {
      const file = kind === "symlink" ? target(tree, wanted) : node;
      if (file?.entry.kind === "file" && file.entry.size <= LARGEST) found.set(wanted, file);
    }
  }
  return found;
}

/** The files that somebody may execute, each once however many links it has. */
function executables(tree: Tree): readonly (readonly [path: string, node: TreeNode])[] {
  return [...walkTree(tree)]
    .filter(({ entry }) => entry.kind === "file" && (entry.mode & 0o111) !== 0 && entry.size <= LARGEST)
    .map((node) => [node.entry.path, node]);
}

/** The whole of an ELF file; of any other only the first bytes are read. */
async function programBytes(stream: Bytes): Promise<ElfBytes | undefined> {
  const chunks: Uint8Array[] = [];
  let head = Buffer.alloc(0);
  for await (const chunk of stream) {
    chunks.push(Uint8Array.from(chunk));
    if (head.length < 4) head = Buffer.concat([head, chunk.subarray(0, 4)]);
    if (head.length >= 4 && !isProgram(head)) return undefined;
  }
  return wholeBytes(Buffer.concat(chunks));
}

/** The one file of a package that is often below a link: `usr/share/doc/libgcc-s1` is `gcc-12-base`. */
const COPYRIGHT = "copyright";

/** What a link leads to; nothing where it leads in circles. */
function target(tree: Tree, path: string): TreeNode | undefined {
  try {
    return lookup(tree, path)?.node;
  } catch (error) {
    if (error instanceof TareError) return undefined;
    throw error;
  }
}
