import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDuration } from "./duration.ts";
import { errorOf, only, parse } from "./fixtures.ts";

function check(text: string) {
  const { test: command, interval, timeout, startPeriod, startInterval, retries } = only("HEALTHCHECK", text);
  const times = [interval, timeout, startPeriod, startInterval, retries].map((word) => word?.text);
  return { command, times };
}

function failure(text: string): string {
  return errorOf(() => parse(`FROM a\nHEALTHCHECK ${text}`));
}

test("HEALTHCHECK CMD has the shell or the exec form and its times", () => {
  assert.deepEqual(
    check(
      "HEALTHCHECK --interval=5m --timeout=3s --start-period=1h --start-interval=500ms --retries=3 CMD curl -f  x || exit 1",
    ),
    {
      command: { form: "shell", text: "curl -f  x || exit 1", heredocs: [] },
      times: ["5m", "3s", "1h", "500ms", "3"],
    },
  );
  assert.deepEqual(check('healthcheck cmd ["a", "b"]'), {
    command: { form: "exec", args: ["a", "b"] },
    times: [undefined, undefined, undefined, undefined, undefined],
  });
});

test("HEALTHCHECK NONE has no test", () => {
  assert.deepEqual(check("HEALTHCHECK none"), {
    command: undefined,
    times: [undefined, undefined, undefined, undefined, undefined],
  });
});

test("zero and an empty value mean the default", () => {
  assert.deepEqual(check("HEALTHCHECK --interval=0 --timeout=0s --retries=0 --start-period= CMD a").times, [
    "0",
    "0s",
    undefined,
    undefined,
    "0",
  ]);
});

test("malformed health checks are errors", () => {
  assert.equal(
    failure("curl x"),
    '2:13-2:17 Unknown type "curl" in HEALTHCHECK (try CMD) | write HEALTHCHECK CMD command, or NONE',
  );
  assert.equal(
    failure("NONE x"),
    "2:13-2:17 HEALTHCHECK NONE takes no arguments | remove what stands behind NONE",
  );
  const missing = "Missing command after HEALTHCHECK CMD | write HEALTHCHECK CMD command, or NONE";
  assert.equal(failure("CMD"), `2:1-2:16 ${missing}`);
  assert.equal(failure("CMD []"), `2:1-2:19 ${missing}`);
  assert.equal(
    failure("--interval=1 CMD a"),
    '2:24-2:25 invalid duration "1" | write it like 30s, 1m30s or 500ms',
  );
  assert.equal(
    failure("--timeout=999us CMD a"),
    '2:23-2:28 Interval "timeout" cannot be less than 1ms | write it like 30s or 1m',
  );
  assert.equal(
    failure("--start-period=-1s CMD a"),
    '2:28-2:31 Interval "start-period" cannot be less than 1ms | write it like 30s or 1m',
  );
  assert.equal(
    failure("--retries=-1 CMD a"),
    "2:23-2:25 --retries cannot be negative (-1) | write --retries=3",
  );
  assert.equal(
    failure("--retries=x CMD a"),
    "2:23-2:24 --retries is not a number from 0 up: x | write --retries=3",
  );
  assert.equal(failure("--retries=2147483648 CMD a").slice(0, 9), "2:23-2:33");
});

test("durations are read as Go reads them", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["0", 0],
    ["-0", 0],
    ["1ns", 1],
    ["1us", 1e3],
    ["1µs", 1e3],
    ["1μs", 1e3],
    ["1.5ms", 1.5e6],
    [".5s", 5e8],
    ["1.s", 1e9],
    ["1m30s", 9e10],
    ["1h1m1s1ms", 3.661001e12],
    ["+2s", 2e9],
    ["-2s", -2e9],
  ];
  for (const [text, nanoseconds] of cases) assert.equal(parseDuration(text) + 0, nanoseconds, text);
  for (const text of ["", "1", "s", ".s", "1d", "1 s", "1s ", "--1s", "1s-1s", "1e3s", "99999999999h"])
    assert.match(
      errorOf(() => parseDuration(text)),
      /^nowhere invalid duration/,
      text,
    );
});
