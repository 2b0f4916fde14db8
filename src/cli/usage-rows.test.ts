import assert from "node:assert/strict";
import { test } from "node:test";
import type { UsageRecord } from "../api/index.ts";
import { pruneFilters } from "./prune-filter.ts";
import { filterUsage, usageBlock, usageRows, usageSummary } from "./usage-rows.ts";

const NOW = Date.parse("2026-01-10T00:00:00Z");
const HOUR = 3_600_000;

const RECORDS: readonly UsageRecord[] = [
  {
    id: "aaa",
    parents: [],
    createdAt: NOW - 5 * HOUR,
    usedAt: NOW - 2 * HOUR,
    mutable: false,
    reclaimable: false,
    shared: true,
    size: 1_500_000,
    description: "RUN\u001bmake",
    type: "regular",
  },
  {
    id: "bbb",
    parents: ["aaa"],
    createdAt: NOW - 50 * HOUR,
    mutable: true,
    reclaimable: true,
    shared: false,
    size: 500_000,
    description: "cache mount npm",
    type: "exec.cachemount",
  },
];

test("columns have stars for what is mutable and shared, the sums are below", () => {
  const rows = usageRows(RECORDS, { now: NOW, stars: true });
  assert.deepEqual(
    rows.map(({ ID, Size, LastUsedAt }) => [ID, Size, LastUsedAt]),
    [
      ["aaa", "1.5MB*", "2 hours ago"],
      ["bbb*", "500kB", ""],
    ],
  );
  assert.equal(
    usageSummary(RECORDS),
    "Shared:       1.5MB\nPrivate:      500kB\nReclaimable:  500kB\nTotal:        2MB\n",
  );
  assert.equal(usageSummary([]), "Reclaimable:  0B\nTotal:        0B\n");
  const [first] = usageRows(RECORDS, { now: NOW, stars: false });
  assert.match(
    usageBlock(first ?? {}),
    /^ID: {13}aaa\nCreated at: {5}2026.*\n[\s\S]*Description: {4}RUN make\n/,
  );
  assert.doesNotMatch(usageBlock(first ?? {}), /Parent/);
});

test("filters are BuildKit's", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["until=3h", "bbb"],
    ["until=2026-01-09T22:30:00Z", "aaa bbb"],
    ["id=a", "aaa"],
    ["parent=aa", "bbb"],
    ["type=regular", "aaa"],
    ["description=npm", "bbb"],
    ["inuse", "aaa"],
    ["inuse=false", "bbb"],
    ["shared", "aaa"],
    ["private", "bbb"],
    ["mutable", "bbb"],
    ["immutable=true", "aaa"],
  ];
  for (const [filter, wanted] of cases)
    assert.equal(
      filterUsage(RECORDS, { filters: [filter], now: NOW })
        .map(({ id }) => id)
        .join(" "),
      wanted,
      filter,
    );
  for (const filter of ["x=y", "until", "shared=maybe", "constructor"])
    assert.throws(() => filterUsage([], { filters: [filter], now: NOW }), { code: "user-bad-flag" }, filter);
});

test("prune takes until and labels", () => {
  assert.deepEqual(pruneFilters(["until=1h", "label=a", "label=b=c=d", "label!=e=f"], NOW), {
    until: NOW - HOUR,
    labels: [{ name: "a" }, { name: "b", value: "c=d" }, { name: "e", value: "f", not: true }],
  });
  assert.deepEqual(pruneFilters([], NOW), {});
  for (const filters of [["dangling=true"], ["label="], ["label"], ["until=1h", "until=2h"], [""]])
    assert.throws(() => pruneFilters(filters, NOW), { code: "user-bad-flag" }, filters.join());
});
