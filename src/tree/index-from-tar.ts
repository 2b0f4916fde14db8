import { readTar, type TarMember } from "../archive/index.ts";
import { collectSooner, createHasher, type Digest, sha256 } from "../base/index.ts";
import { createArchiveDraft } from "./archive-draft.ts";
import { type MemberOptions, plainEntry, takeMarks } from "./archive-member.ts";
import { type Entry, MANY_ENTRIES } from "./entry.ts";
import type { Bytes, LayerIndex } from "./layer.ts";

export type FromTarOptions = MemberOptions;

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
    const path = takeMarks(draft, member.header, options);
    if (path !== undefined) draft.put(await entryOf(member, path));
  }
  return { entries: draft.finish() };
}

async function entryOf(member: TarMember, path: string): Promise<Entry> {
  const { type, mode, uid, gid, mtime, size, xattrs } = member.header;
  if (type !== "file") return plainEntry(member.header, path);
  const withXattrs = xattrs && Object.keys(xattrs).length > 0 ? { xattrs } : undefined;
  const digest = size === 0 ? EMPTY : await digestOf(member.content());
  const { offset } = member;
  if (offset === undefined) return { path, kind: type, mode, uid, gid, mtime, size, digest, ...withXattrs };
  if (!withXattrs) return { path, kind: type, mode, uid, gid, mtime, size, digest, offset };
  return { path, kind: type, mode, uid, gid, mtime, size, digest, offset, ...withXattrs };
}

const EMPTY: Digest = sha256("");

async function digestOf(content: Bytes): Promise<Digest> {
  const hasher = createHasher();
  for await (const chunk of content) hasher.update(chunk);
  return hasher.digest();
}
