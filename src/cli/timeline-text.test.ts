import assert from "node:assert/strict";
import { test } from "node:test";
import type { Timeline, TimelineStep } from "../api/index.ts";
import { widthOf } from "./text.ts";
import { duration, timelineLook, timelineText } from "./timeline-text.ts";

const PLAIN = { columns: 72, colour: false, unicode: true };

function step(name: string, from: number, to: number, more: Partial<TimelineStep> = {}): TimelineStep {
  const times = { startedAt: 1000 + from, endedAt: 1000 + to, outcome: "done" as const, critical: false };
  return { id: name, name, inputs: [], ...times, ...more };
}

const BUILD: Timeline = {
  startedAt: 1000,
  endedAt: 11_000,
  steps: [
    step("[build 2/3] RUN make", 0, 7500, { critical: true }),
    step("[test 2/2] RUN npm test", 0, 2500),
    step("[stage-2 2/2] COPY --from=build /app /app", 7500, 7510, { critical: true }),
    step("exporting to image", 7510, 10_000, { critical: true }),
    { id: "base", name: "[build 1/3] FROM x", inputs: [], outcome: "cached", critical: false },
  ],
};

test("steps are bars over the time of the build; what it waited for is marked", () => {
  assert.deepEqual(timelineText(BUILD, PLAIN).split("\n"), [
    "Timeline: 10.0s; 4 ran, 1 cached; critical path 10.0s in 3 steps",
    "                                      0                           10.0s",
    "* [build 2/3] RUN make          7.5s  █████████████████████████",
    "  [test 2/2] RUN npm test       2.5s  ░░░░░░░░",
    "* [stage-2 2/2] COPY --from=    10ms                           █",
    "* exporting to image            2.5s                           ████████",
    "  █ * critical path   ░ beside it",
    "",
  ]);
});

test("without UTF-8 the bars are of ASCII", () => {
  const text = timelineText(BUILD, { ...PLAIN, unicode: false });
  assert.match(text, /^\* \[build 2\/3\] RUN make .* #{20,}$/m);
  assert.match(text, /^ {2}\[test 2\/2\] RUN npm test .* -{5,}$/m);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are no others is what is tested
  assert.match(text, /^[\x00-\x7f]*$/);
});

test("no line is wider than the terminal, however narrow; without room there are no bars", () => {
  for (let columns = 1; columns < 140; columns++)
    for (const line of timelineText(BUILD, { ...PLAIN, columns }).split("\n"))
      assert.ok(widthOf(line) <= Math.max(columns - 1, 2 + 1 + 8), `${columns}: ${line}`);
  assert.doesNotMatch(timelineText(BUILD, { ...PLAIN, columns: 30 }), /[█░]/);
  assert.deepEqual(
    timelineText(BUILD, { ...PLAIN, columns: 40 })
      .split("\n")
      .slice(0, 2),
    ["Timeline: 10.0s; 4 ran, 1 cached", "  critical path 10.0s in 3 steps"],
  );
});

test("colour adds to what the text says, and is used only where it is wanted", () => {
  const coloured = timelineText(BUILD, { ...PLAIN, colour: true });
  assert.equal(coloured.replace(/\p{Cc}\[\d+m/gu, ""), timelineText(BUILD, PLAIN));
  assert.match(coloured, /\p{Cc}\[33m +7\.5s/u);
});

test("what failed and what was stopped is told; names can not write to the terminal", () => {
  const steps = [
    step("a\u001b[2J\nb", 0, 1000, { outcome: "failed", critical: true }),
    step("c", 0, 1000, { outcome: "cancelled" }),
  ];
  const text = timelineText({ startedAt: 1000, endedAt: 2000, steps }, PLAIN);
  assert.match(text, /^\* ab +ERROR /m);
  assert.match(text, /^ {2}c +CANCELED /m);
});

test("a build in which nothing ran is one line", () => {
  const steps = BUILD.steps.slice(-1);
  assert.equal(
    timelineText({ startedAt: 0, endedAt: 0, steps }, PLAIN),
    "Timeline: nothing ran, 1 step cached\n",
  );
});

test("durations have two to three digits", () => {
  assert.deepEqual([0, 4.4, 994, 995, 12_340, 99_949, 99_950, 252_000, 7_265_000].map(duration), [
    "0ms",
    "4ms",
    "994ms",
    "1.0s",
    "12.3s",
    "99.9s",
    "1m40s",
    "4m12s",
    "121m05s",
  ]);
});

test("the locale says whether there is more than ASCII", () => {
  const screen = { write: () => undefined, columns: () => 80, rows: () => 24, colour: true };
  assert.equal(timelineLook(screen, { LANG: "C.UTF-8" }).unicode, true);
  assert.equal(timelineLook(screen, { LANG: "C.UTF-8", LC_ALL: "C" }).unicode, false);
  assert.equal(timelineLook(screen, {}).unicode, false);
});
