import type { Entry } from "./entry.ts";

/** Whether two paths are alike in all but their time and a file's content. */
export function sameFacts(a: Entry, b: Entry): boolean {
  const sameOwner = a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;
  const sameKind = a.kind === b.kind && a.size === b.size && a.link === b.link;
  const sameDevice = a.device?.major === b.device?.major && a.device?.minor === b.device?.minor;
  return sameOwner && sameKind && sameDevice && xattrText(a) === xattrText(b);
}

function xattrText({ xattrs = {} }: Entry): string {
  const pairs = Object.entries(xattrs).map(
    ([name, value]) => `${name}=${Buffer.from(value).toString("base64")}`,
  );
  return pairs.sort().join("\n");
}
