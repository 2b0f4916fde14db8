import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parseMoment } from "./moment.ts";

const NOW = Date.parse("2026-03-01T00:00:00Z");
const HOUR = 3_600_000;
const ZONE = process.env.TZ;

before(() => {
  process.env.TZ = "Europe/Berlin";
});

after(() => {
  if (ZONE === undefined) delete process.env.TZ;
  else process.env.TZ = ZONE;
});

test("a moment is a time ago, a date with or without time and zone, or seconds since 1970", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["24h", NOW - 24 * HOUR],
    ["1h30m", NOW - 1.5 * HOUR],
    ["10m", NOW - HOUR / 6],
    ["0", 0],
    ["1700000000", 1_700_000_000_000],
    ["1700000000.5", 1_700_000_000_500],
    ["2026-01-02T03:04:05Z", Date.UTC(2026, 0, 2, 3, 4, 5)],
    ["2026-01-02T03:04:05.25Z", Date.UTC(2026, 0, 2, 3, 4, 5, 250)],
    ["2026-01-02T03:04:05+02:00", Date.UTC(2026, 0, 2, 1, 4, 5)],
    ["2026-01-02T03:04-02:00", Date.UTC(2026, 0, 2, 5, 4)],
    ["2026-01-02Z", Date.UTC(2026, 0, 2)],
    ["2024-02-29Z", Date.UTC(2024, 1, 29)],
  ];
  for (const [text, wanted] of cases) assert.equal(parseMoment(text, { flag: "", now: NOW }), wanted, text);
});

test("without a zone it is local time, in winter and in summer", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["2026-01-31T12:00:00", Date.UTC(2026, 0, 31, 11)],
    ["2026-01-31T12:00:00.5", Date.UTC(2026, 0, 31, 11, 0, 0, 500)],
    ["2026-01-31T12:30", Date.UTC(2026, 0, 31, 11, 30)],
    ["2026-01-31T12", Date.UTC(2026, 0, 31, 11)],
    ["2026-01-31", Date.UTC(2026, 0, 30, 23)],
    ["2026-07-31T12:00:00", Date.UTC(2026, 6, 31, 10)],
  ];
  for (const [text, wanted] of cases) assert.equal(parseMoment(text, { flag: "", now: NOW }), wanted, text);
});

test("anything else is refused, with the name of the flag", () => {
  const cases = ["", "yesterday", "7d", "2026-13-45", "2026-02-30", "-1h", "1e9", "2026-01-31 12:00:00"];
  for (const text of [...cases, "2026-01-31T25:00", "2026-01-31T24:00", "2026-1-31", "2026-01-31T12:00:00+2"])
    assert.throws(
      () => parseMoment(text, { flag: "--since", now: NOW }),
      { code: "user-bad-flag", message: `invalid time ${JSON.stringify(text)} for --since` },
      text,
    );
});
