import type { TarHeader } from "../archive/index.ts";
import { TareError } from "../base/index.ts";
import type { ArchiveDraft } from "./archive-draft.ts";
import type { Entry } from "./entry.ts";
import { readWhiteout } from "./whiteout.ts";

export interface MemberOptions {
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
 * Takes over what a member of an archive says of others: hard links and whiteouts. The path at which its own entry has
 * still to be put, for any other one. `integrity-archive` for a name that leads out of the root.
 */
export function takeMarks(
  draft: ArchiveDraft,
  header: TarHeader,
  options: MemberOptions,
): string | undefined {
  const path = cleanName(header.name);
  const whiteout = options.whiteouts ? readWhiteout(path) : PLAIN;
  switch (whiteout.type) {
    case "reserved":
      return undefined;
    case "opaque":
      draft.makeOpaque(path);
      return undefined;
    case "whiteout":
      draft.remove(whiteout.path);
      return undefined;
    case "plain":
      if (header.type !== "hardlink") return path;
      takeHardLink(draft, header, { ...options, path });
      return undefined;
  }
}

const PLAIN = { type: "plain" } as const;

function takeHardLink(
  draft: ArchiveDraft,
  header: TarHeader,
  { path, danglingLink, linksSay }: MemberOptions & { readonly path: string },
): void {
  const target = cleanName(header.linkname);
  if (draft.link(path, target, linksSay ? header : undefined)) return;
  if (!danglingLink)
    throw refused(`${JSON.stringify(path)} is a hard link to ${JSON.stringify(target)}, which is not in it`);
  const replacement = danglingLink({ path, target });
  if (replacement) draft.put(replacement);
}

/** What a header says of anything but a file with content. */
export function plainEntry(
  { type, mode, uid, gid, mtime, linkname, device, xattrs }: TarHeader,
  path: string,
): Entry {
  const withXattrs = xattrs && Object.keys(xattrs).length > 0 ? { xattrs } : undefined;
  switch (type) {
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

const NO_DEVICE = { major: 0, minor: 0 };

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
