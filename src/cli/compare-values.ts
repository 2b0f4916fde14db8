import type { Comparison, GroupChange } from "../api/index.ts";
import { plainText } from "./text.ts";
import { humanSize } from "./units.ts";

type Metric = Comparison["metrics"][number];

/** A value of a row as people read it; `~` says that it is worked out from samples. */
export function valueText({ unit, values, estimated }: Metric, at: number): string {
  const value = values[at] ?? 0;
  if (unit === "yes-no") return value === 1 ? "yes" : "no";
  if (unit === "count") return value.toLocaleString("en-US");
  return `${estimated[at] ? "~" : ""}${humanSize(value)}`;
}

/** How an image differs from the first one: `44x smaller`, `2.5x more`, `none left`, `up from 0`; "" for what is the same or no number. */
export function ratioText({ unit, values, ratios }: Metric, at: number): string {
  const [first = 0, value = 0] = [values[0], values[at]];
  if (unit === "yes-no" || first === value) return "";
  const [less, more] = unit === "bytes" ? ["smaller", "larger"] : ["fewer", "more"];
  if (value === 0) return "none left";
  if (first === 0) return "up from 0";
  const ratio = ratios[at - 1] ?? 1;
  return ratio > 1 ? `${times(ratio)} ${less}` : `${times(1 / ratio)} ${more}`;
}

/** `1.04x`, `44x`, `1,240x`. */
function times(ratio: number): string {
  const rounded = ratio < 100 ? Number(ratio.toPrecision(3)) : Math.round(ratio);
  return `${rounded.toLocaleString("en-US", { maximumFractionDigits: 2 })}x`;
}

/** `libc6 2.36-9 (deb)`, `/usr/share`; of a package that changed both versions. */
export function groupName({ kind, name, type, before, after }: GroupChange): string {
  if (kind === "folder") return plainText(name);
  const versions = [...new Set([before?.version, after?.version].filter(Boolean))].join(" -> ");
  return plainText(`${name} ${versions} (${type})`);
}

export function fileCount(files: number): string {
  return `${files.toLocaleString("en-US")} ${files === 1 ? "file" : "files"}`;
}
