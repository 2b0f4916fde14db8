import assert from "node:assert/strict";
import { test } from "node:test";
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

test("symbolic clauses give what the reference gives, to files and directories", () => {
  const cases = [
    "644 f u+x -> 744",
    "644 f +x -> 755",
    "777 f go-w -> 755",
    "777 f a=r -> 444",
    "640 f u=rwX,go=rX -> 644",
    "740 f u=rwX,go=rX -> 755",
    "644 f u+x,g+X -> 744",
    "644 f u+s -> 4644",
    "755 f g+s -> 2755",
    "755 f +t -> 1755",
    "4755 f u-s -> 755",
    "4755 f u=rwx -> 755",
    "777 f u= -> 77",
    "7777 f = -> 1000",
    "644 f u+x-r -> 344",
    "644 f u+ -> 644",
    "640 d a+X -> 751",
    "755 f a-x+X -> 755",
    "755 f a-X -> 644",
    "644 f u+s,g+s,o+t -> 6644",
    "644 f o+s -> 644",
    "644 f u=t -> 1044",
    "644 f o=t -> 640",
    "644 f u+rwxXst -> 5744",
    "644 f +rt -> 1644",
    "1777 f =r -> 1444",
    "1777 f a=r -> 1444",
    "2755 d g=u -> 2775",
    "751 f g=u -> 771",
    "640 f o+g -> 644",
    "640 f u-g -> 240",
    "751 f a=u -> 777",
    "640 f u=rg -> 440",
    "640 f u=gr -> 440",
    "644 f o=u-w -> 644",
    "6777 f ug=o -> 6777",
    "0 d u=rwx,g=,o=X -> 701",
  ];
  for (const text of cases) {
    const [mode = "", kind, change = "", , wanted] = text.split(" ");
    assert.equal(changeMode(Number.parseInt(mode, 8), change, kind === "d").toString(8), wanted, text);
  }
});

test("what is no mode is refused", () => {
  for (const change of ["", "u", "x", "u+z", "u+x,", ",u+x", "8", "u+x g+x", "rwx", "+-w?", "0x1"])
    assert.throws(
      () => changeMode(0o644, change, false),
      { code: "user-dockerfile-semantics", message: /^invalid chmod parameter: '/ },
      change,
    );
});
