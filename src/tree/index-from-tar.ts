import { readTar, type TarMember } from "../archive/index.ts";
import { collectSooner, createHasher, type Digest, sha256, TareError } from "../base/index.ts";
import { type ArchiveDraft, createArchiveDraft } from "./archive-draft.ts";
import { type Entry, MANY_ENTRIES } from "./entry.ts";
import type { Bytes, LayerIndex } from "./layer.ts";
import { readWhiteout } from "./whiteout.ts";

export interface FromTarOptions {
  /** Whether `.wh.` names mean what they mean in a layer; an archive for ADD has none that mean anything. */
  readonly whiteouts: boolean;
  /**
   * Whether what the member of a hard link says of mode, owner and time counts for the file, as where Docker unpacks an
   * archive member by member; else the file's own member says it, as with tar(1) and dpkg(1).
   */
  readonly linksSay?: boolean;
  /**
   * What to do with a hard link to a name that the archive does not have: the entry to put in its place,
   * or undefined to leave it out. Without it, such a link is an error.
   */
  readonly danglingLink?: (link: { readonly path: string; readonly target: string }) => Entry | undefined;
}

/**
 * Reads an uncompressed tar to its end and says what is in it, with the digest of every file and where
 * its bytes are. Names are cleaned (`./a/`, `/a`) and written through the symbolic links of the archive
 * itself, as unpacking it alone into an empty root would; a later member of the same path wins; of a
 * file with several names the first in order is the file. Whiteouts: OCI image-spec, layer.md.
 * `integrity-archive` for a broken tar, and for names that lead out of the root or through a file.
 */
export async function indexFromTar(bytes: Bytes, options: FromTarOptions): Promise<LayerIndex> {
  const draft = createArchiveDraft();
  let members = 0;
  for await (const member of readTar(bytes)) {
    if (++members === MANY_ENTRIES) collectSooner();
    await takeMember(draft, member, options);
  }
  return { entries: draft.finish() };
}

async function takeMember(draft: ArchiveDraft, member: TarMember, options: FromTarOptions): Promise<void> {
  const path = cleanName(member.header.name);
  const whiteout = options.whiteouts ? readWhiteout(path) : PLAIN;
  switch (whiteout.type) {
    case "reserved":
      return;
    case "opaque":
      return draft.makeOpaque(path);
    case "whiteout":
      return draft.remove(whiteout.path);
    case "plain":
      if (member.header.type === "hardlink") return takeHardLink(draft, member, { ...options, path });
      return draft.put(await entryOf(member, path));
  }
}

const PLAIN = { type: "plain" } as const;

function takeHardLink(
  draft: ArchiveDraft,
  { header }: TarMember,
  { path, danglingLink, linksSay }: FromTarOptions & { readonly path: string },
): void {
  const target = cleanName(header.linkname);
  if (draft.link(path, target, linksSay ? header : undefined)) return;
  if (!danglingLink)
    throw refused(`${JSON.stringify(path)} is a hard link to ${JSON.stringify(target)}, which is not in it`);
  const replacement = danglingLink({ path, target });
  if (replacement) draft.put(replacement);
}

async function entryOf(member: TarMember, path: string): Promise<Entry> {
  const { type, mode, uid, gid, mtime, size, linkname, device, xattrs } = member.header;
  const withXattrs = xattrs && Object.keys(xattrs).length > 0 ? { xattrs } : undefined;
  switch (type) {
    case "file": {
      const digest = size === 0 ? EMPTY : await digestOf(member.content());
      const { offset } = member;
      if (offset === undefined)
        return { path, kind: type, mode, uid, gid, mtime, size, digest, ...withXattrs };
      if (!withXattrs) return { path, kind: type, mode, uid, gid, mtime, size, digest, offset };
      return { path, kind: type, mode, uid, gid, mtime, size, digest, offset, ...withXattrs };
    }
    case "symlink":
      // Linux knows no other mode of a link, whatever an archive of another system says.
      return { path, kind: type, mode: 0o777, uid, gid, mtime, size: 0, link: linkname, ...withXattrs };
    case "char":
    case "block":
      return { path, kind: type, mode, uid, gid, mtime, size: 0, device: device ?? NO_DEVICE, ...withXattrs };
    default:
      return { path, kind: type, mode, uid, gid, mtime, size: 0, ...withXattrs };
  }
}

const EMPTY: Digest = sha256("");
const NO_DEVICE = { major: 0, minor: 0 };

async function digestOf(content: Bytes): Promise<Digest> {
  const hasher = createHasher();
  for await (const chunk of content) hasher.update(chunk);
  return hasher.digest();
}

/** Relative to the root, without empty components and `.`; a `..` that would leave the root is refused. */
function cleanName(name: string): string {
  const components: string[] = [];
  for (const component of name.split("/")) {
    if (component === "" || component === ".") continue;
    if (component !== "..") components.push(component);
    else if (components.pop() === undefined) throw refused(`${JSON.stringify(name)} leads out of its root`);
  }
  return components.join("/");
}

function refused(why: string): TareError {
  return new TareError("integrity-archive", `can not unpack the archive: ${why}`);
}
