import type { ImageStep } from "../api/index.ts";
import { shortId } from "./short-id.ts";
import type { Row } from "./template.ts";
import { humanDuration, humanSize } from "./units.ts";

/** Headers of the columns, by the names that templates use. */
export const HISTORY_HEADERS: Row = {
  ID: "IMAGE",
  CreatedSince: "CREATED",
  CreatedAt: "CREATED AT",
  CreatedBy: "CREATED BY",
  Size: "SIZE",
  Comment: "COMMENT",
};

/** Characters of a command that are shown. */
const SHOWN = 45;

/** A row for every step; `human` shows times as how long ago and sizes in units. */
export function historyRows(
  steps: readonly ImageStep[],
  { now, truncate, human }: { readonly now: number; readonly truncate: boolean; readonly human: boolean },
): readonly Row[] {
  return steps.map(({ id, created, createdBy, comment, size }) => {
    const at = created === undefined ? "" : created.replace(/\.\d+(?=Z$)/, "");
    const isLong = truncate && createdBy.length > SHOWN;
    return {
      ID: idOf(id, truncate),
      CreatedSince: human ? since(created, now) : at,
      CreatedAt: at,
      CreatedBy: isLong ? `${createdBy.slice(0, SHOWN - 1)}…` : createdBy,
      Size: human ? humanSize(size) : String(size),
      Comment: comment,
    };
  });
}

function idOf(id: ImageStep["id"], truncate: boolean): string {
  if (id === undefined) return "<missing>";
  return truncate ? shortId(id) : id;
}

function since(created: string | undefined, now: number): string {
  return created === undefined ? "N/A" : `${humanDuration(now - Date.parse(created))} ago`;
}
