import type { FileChange } from "../api/index.ts";
import { visibleName } from "../text/index.ts";
import type { Row } from "./template.ts";
import { signedSize } from "./units.ts";

/** The fields of a change that templates can use. */
export const DIFF_HEADERS: Row = {
  Kind: "KIND",
  Path: "PATH",
  Size: "SIZE",
  Bytes: "BYTES",
  Differs: "DIFFERS",
};

const LETTERS = { added: "A", changed: "C", deleted: "D" } as const;

/** A change as a row, its kind as Docker's letter. */
export function diffRow({ path, kind, bytes, differs }: FileChange): Row {
  return {
    Kind: LETTERS[kind],
    Path: visibleName(path),
    Size: signedSize(bytes),
    Bytes: String(bytes),
    Differs: differs.join(","),
  };
}

/** `C /etc/passwd (+12B, mode 644 -> 600)`. */
export function diffLine(change: FileChange): string {
  const { Kind, Path } = diffRow(change);
  const facts = [...(change.bytes === 0 ? [] : [signedSize(change.bytes)]), ...detailsOf(change)];
  return `${Kind} ${Path}${facts.length > 0 ? ` (${facts.join(", ")})` : ""}\n`;
}

/** What a change is besides its bytes. */
function detailsOf({ differs, before, after, bytes }: FileChange): readonly string[] {
  if (!before || !after) return [];
  return differs.flatMap((what) => {
    switch (what) {
      case "type":
        return [`${before.kind} -> ${after.kind}`];
      case "mode":
        return [`mode ${before.mode.toString(8)} -> ${after.mode.toString(8)}`];
      case "owner":
        return [`owner ${before.uid}:${before.gid} -> ${after.uid}:${after.gid}`];
      case "link":
        return [`link ${visibleName(before.link ?? "")} -> ${visibleName(after.link ?? "")}`];
      case "content":
        return bytes === 0 ? ["content"] : [];
      default:
        return [what];
    }
  });
}

/** How many there are of each kind, and their bytes. */
export function diffSummary(changes: readonly FileChange[]): string {
  if (changes.length === 0) return "no differences\n";
  const kinds = (["added", "changed", "deleted"] as const).flatMap((kind) => {
    const own = changes.filter((change) => change.kind === kind);
    const bytes = own.reduce((sum, change) => sum + change.bytes, 0);
    return own.length === 0 ? [] : [`${own.length} ${kind} (${signedSize(bytes)})`];
  });
  return `${kinds.join(", ")}\n`;
}
