import assert from "node:assert/strict";
import { test } from "node:test";
import { describeGap, describeGaps, wantedBy } from "./describe-gap.ts";
import type { Gap } from "./gap.ts";

const library: Gap = { kind: "library", level: "required", file: "usr/bin/nginx", needs: "libpcre2-8.so.0" };
const script: Gap = {
  kind: "interpreter",
  level: "required",
  file: "usr/bin/x",
  needs: "/usr/bin/perl",
  problem: "missing",
};

test("a gap is one sentence, with the packages that would help where somebody has looked", () => {
  const sentence = "usr/bin/nginx needs libpcre2-8.so.0, which no package of the recipe brings";
  const owners = (...names: readonly string[]) => describeGap(library, { owners: names });
  assert.equal(describeGap(library), sentence);
  assert.equal(owners("libpcre2-8-0"), `${sentence}; libpcre2-8-0 has it`);
  assert.equal(owners("a", "b"), `${sentence}; one of these has it: a, b`);
  assert.equal(owners(), `${sentence}; no package has it`);
});

test("what to ask for is a soname or a path, and nothing where another package would not help", () => {
  assert.equal(wantedBy(library), "libpcre2-8.so.0");
  assert.equal(wantedBy({ ...library, instead: { path: "opt/x", why: "is damaged" } }), undefined);
  assert.equal(wantedBy(script), "usr/bin/perl");
  assert.equal(wantedBy({ ...script, needs: "python3", problem: "not-on-path" }), "usr/bin/python3");
  assert.equal(wantedBy({ ...script, problem: "not-executable" }), undefined);
  assert.equal(wantedBy({ kind: "unused-allowance", level: "advice", pattern: "x" }), undefined);
});

test("each thing is asked for once, and the sentences keep their order", async () => {
  const asked: string[] = [];
  const other: Gap = { ...library, file: "usr/bin/grep" };
  const version: Gap = {
    kind: "version",
    level: "required",
    file: "usr/bin/a",
    needs: "libc.so.6",
    version: "GLIBC_2.38",
    library: "usr/lib/libc.so.6",
  };
  const sentences = await describeGaps([library, version, script, other], async (wanted) => {
    asked.push(...wanted);
    return new Map(wanted.map((one) => [one, one === "usr/bin/perl" ? ["perl-base"] : []]));
  });
  assert.deepEqual(asked, ["libpcre2-8.so.0", "usr/bin/perl"]);
  assert.deepEqual(sentences, [
    "usr/bin/nginx needs libpcre2-8.so.0, which no package of the recipe brings; no package has it",
    "usr/bin/a needs the version GLIBC_2.38 of libc.so.6, which usr/lib/libc.so.6 does not have",
    "usr/bin/x is started by /usr/bin/perl, which is not there; perl-base has it",
    "usr/bin/grep needs libpcre2-8.so.0, which no package of the recipe brings; no package has it",
  ]);
});

test("a failed question is passed on, and none is asked when a package would not help", async () => {
  const failing = async () => {
    throw new Error("no index");
  };
  await assert.rejects(describeGaps([library], failing), /no index/);
  assert.deepEqual(await describeGaps([], failing), []);
});
