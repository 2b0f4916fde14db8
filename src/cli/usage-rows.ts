import { TareError, type UsageRecord } from "../api/index.ts";
import { parseMoment } from "./moment.ts";
import { shownRow } from "./rows.ts";
import type { Row } from "./template.ts";
import { humanDuration, humanSize } from "./units.ts";

/** Headers of the columns, by the names that templates use. */
export const USAGE_HEADERS: Row = {
  ID: "ID",
  Parents: "PARENTS",
  CreatedAt: "CREATED AT",
  Mutable: "MUTABLE",
  Reclaimable: "RECLAIMABLE",
  Shared: "SHARED",
  Size: "SIZE",
  Description: "DESCRIPTION",
  LastUsedAt: "LAST ACCESSED",
  Type: "TYPE",
};

/** A row for every record. In columns a star stands behind what is mutable, and behind a size that is shared. */
export function usageRows(
  records: readonly UsageRecord[],
  { now, stars }: { readonly now: number; readonly stars: boolean },
): readonly Row[] {
  return records.map((record) => ({
    ID: record.id + (stars && record.mutable ? "*" : ""),
    Parents: record.parents.join(","),
    CreatedAt: new Date(record.createdAt).toISOString(),
    Mutable: String(record.mutable),
    Reclaimable: String(record.reclaimable),
    Shared: String(record.shared),
    Size: humanSize(record.size) + (stars && record.shared ? "*" : ""),
    Description: record.description,
    LastUsedAt: record.usedAt === undefined ? "" : `${humanDuration(now - record.usedAt)} ago`,
    Type: record.type,
  }));
}

/** All that is known of a record, a line for each fact. */
export function usageBlock(told: Row): string {
  const row = shownRow(told);
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["ID", row.ID],
    ["Parent", row.Parents],
    ["Created at", row.CreatedAt],
    ["Mutable", row.Mutable],
    ["Reclaimable", row.Reclaimable],
    ["Shared", row.Shared],
    ["Size", row.Size],
    ["Description", row.Description],
    ["Last used", row.LastUsedAt],
    ["Type", row.Type],
  ];
  const known = facts.filter(([, value]) => value !== "");
  return `${known.map(([name, value]) => `${`${name}:`.padEnd(16)}${value}\n`).join("")}\n`;
}

/** The sums below the columns. */
export function usageSummary(records: readonly UsageRecord[]): string {
  const sum = (wanted: (record: UsageRecord) => boolean) =>
    records.filter(wanted).reduce((bytes, { size }) => bytes + size, 0);
  const [total, shared] = [sum(() => true), sum((record) => record.shared)];
  const sums: readonly (readonly [string, number])[] = [
    ...(shared > 0
      ? ([
          ["Shared:", shared],
          ["Private:", total - shared],
        ] as const)
      : []),
    ["Reclaimable:", sum((record) => record.reclaimable)],
    ["Total:", total],
  ];
  return sums.map(([name, bytes]) => `${name.padEnd(14)}${humanSize(bytes)}\n`).join("");
}

/** Keeps the records that all filters hold for, as BuildKit names them. */
export function filterUsage(
  records: readonly UsageRecord[],
  { filters, now }: { readonly filters: readonly string[]; readonly now: number },
): readonly UsageRecord[] {
  const tests = filters.map((filter) => testOf(filter, now));
  return records.filter((record) => tests.every((test) => test(record)));
}

type Test = (record: UsageRecord) => boolean;

const FLAGS: Readonly<Record<string, Test>> = {
  inuse: (record) => !record.reclaimable,
  reclaimable: (record) => record.reclaimable,
  shared: (record) => record.shared,
  private: (record) => !record.shared,
  mutable: (record) => record.mutable,
  immutable: (record) => !record.mutable,
};

function testOf(filter: string, now: number): Test {
  const at = filter.indexOf("=");
  const [key, value] = at < 0 ? [filter, "true"] : [filter.slice(0, at), filter.slice(at + 1)];
  const flag = Object.hasOwn(FLAGS, key) ? FLAGS[key] : undefined;
  if (flag && /^(?:1|t|true)$/i.test(value)) return flag;
  if (flag && /^(?:0|f|false)$/i.test(value)) return (record) => !flag(record);
  if (key === "until" && at > 0) {
    const limit = parseMoment(value, { flag: "--filter until", now });
    return ({ usedAt, createdAt }) => (usedAt ?? createdAt) <= limit;
  }
  if (key === "id" && at > 0) return ({ id }) => id.startsWith(value);
  if (key === "parent" && at > 0) return ({ parents }) => parents.some((id) => id.startsWith(value));
  if (key === "type" && at > 0) return ({ type }) => type === value;
  if (key === "description" && at > 0) return ({ description }) => description.includes(value);
  throw new TareError("user-bad-flag", `invalid filter ${JSON.stringify(filter)}`, {
    hint: `filters are until=24h, id=, parent=, type=, description=TEXT, ${Object.keys(FLAGS).join(", ")}`,
  });
}
