import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { changeMode } from "./mode.ts";

test("an octal number replaces the mode", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["0", 0],
    ["755", 0o755],
    ["0644", 0o644],
    ["4711", 0o4711],
    ["7777", 0o7777],
  ];
  for (const [change, wanted] of cases) {
    assert.equal(changeMode(0o2640, change, false), wanted, change);
    assert.equal(changeMode(0o2640, change, true), wanted, change);
  }
});

test("symbolic clauses change the mode one after the other", () => {
  const cases: readonly (readonly [number, string, number])[] = [
    [0o644, "u+x", 0o744],
    [0o644, "+x", 0o755],
    [0o777, "go-w", 0o755],
    [0o777, "a=r", 0o444],
    [0o640, "u=rwX,go=rX", 0o644],
    [0o740, "u=rwX,go=rX", 0o755],
    [0o644, "u+x,g+X", 0o754],
    [0o644, "u+s", 0o4644],
    [0o755, "g+s", 0o2755],
    [0o755, "+t", 0o1755],
    [0o4755, "u-s", 0o755],
    [0o4755, "u=rwx", 0o755],
    [0o777, "u=", 0o077],
    [0o777, "=", 0],
    [0o644, "u+x-r", 0o344],
    [0o644, "u+", 0o644],
  ];
  for (const [mode, change, wanted] of cases)
    assert.equal(
      changeMode(mode, change, false).toString(8),
      wanted.toString(8),
      `${mode.toString(8)} ${change}`,
    );
  assert.equal(changeMode(0o640, "a+X", true), 0o751);
});

test("what chmod(1) does not take is refused", () => {
  for (const change of ["", "u", "x", "u+z", "u+gx", "u+x,", ",u+x", "8", "u+x g+x", "rwx", "+-w?", "0x1"])
    assert.throws(
      () => changeMode(0o644, change, false),
      { code: "user-dockerfile-semantics", message: /^invalid chmod parameter: '/ },
      change,
    );
});

/** What chmod(1) makes of many modes; without a class it asks the umask, which takes nothing away here. */
function byChmod(cases: readonly Case[], isDirectory: boolean): readonly number[] {
  const folder = mkdtempSync(join(tmpdir(), "tare-mode-"));
  try {
    const paths = cases.map((_, index) => join(folder, String(index)));
    for (const [index, path] of paths.entries()) {
      if (isDirectory) mkdirSync(path);
      else writeFileSync(path, "");
      chmodSync(path, cases[index]?.mode ?? 0);
    }
    const script = cases.map(({ change }, index) => `chmod -- '${change}' ${index}`).join("\n");
    execFileSync("sh", ["-e"], { cwd: folder, input: `umask 0\n${script}\n` });
    return paths.map((path) => statSync(path).mode & 0o7777);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Case {
  readonly mode: number;
  readonly change: string;
}

/** Cases of changes whose clauses are built of these parts. */
function casesOf(parts: {
  readonly who: readonly string[];
  readonly operators: string;
  readonly rights: readonly string[];
}) {
  const action = fc.tuple(fc.constantFrom(...parts.operators), fc.constantFrom(...parts.rights));
  const clause = fc
    .tuple(fc.constantFrom(...parts.who), fc.array(action, { minLength: 1, maxLength: 2 }))
    .map(([who, actions]) => who + actions.map((pair) => pair.join("")).join(""));
  const change = fc.array(clause, { minLength: 1, maxLength: 3 }).map((clauses) => clauses.join(","));
  return fc.array(fc.record({ mode: fc.integer({ min: 0, max: 0o7777 }), change }), {
    minLength: 100,
    maxLength: 100,
  });
}

function agrees(cases: ReturnType<typeof casesOf>, isDirectory: boolean): void {
  fc.assert(
    fc.property(cases, (all) => {
      const wanted = byChmod(all, isDirectory);
      for (const [index, { mode, change }] of all.entries())
        assert.equal(
          changeMode(mode, change, isDirectory).toString(8),
          wanted[index]?.toString(8),
          `${mode.toString(8)} ${change}`,
        );
    }),
    { numRuns: 4, endOnFailure: true },
  );
}

const BASIC = ["", "r", "w", "x", "X", "rw", "rX", "rwx", "xs", "s"];

test("files get what chmod(1) gives them", () => {
  agrees(casesOf({ who: ["", "a", "u", "g", "ug"], operators: "+-=", rights: BASIC }), false);
  agrees(casesOf({ who: ["o", "go", "uo", "ugo"], operators: "+-", rights: BASIC }), false);
});

test("directories get what chmod(1) gives them; it keeps their set-id bits at =, which is its own rule", () => {
  agrees(casesOf({ who: ["", "a", "u", "g", "o", "go"], operators: "+-", rights: BASIC }), true);
});

test("copied classes, the sticky bit and any order of classes are as in chmod(1)", () => {
  const text =
    "640 g=u|640 o+g|640 u-g|751 a=u|1777 o=r|1777 guo=r|6777 ogu=r|644 u+t|644 g+t|1644 u-t|644 uo+t|4755 g=u";
  const cases = text.split("|").map((line): Case => {
    const [mode = "", change = ""] = line.split(" ");
    return { mode: Number.parseInt(mode, 8), change };
  });
  const shown = (modes: readonly number[]) =>
    cases.map(({ mode, change }, index) => `${mode.toString(8)} ${change} ${modes[index]?.toString(8)}`);
  const own = cases.map(({ mode, change }) => changeMode(mode, change, false));
  assert.deepEqual(shown(own), shown(byChmod(cases, false)));
});
