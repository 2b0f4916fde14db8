import assert from "node:assert/strict";
import { test } from "node:test";
import { parseGitReference } from "./reference.ts";

test("addresses of repositories, with what stands behind them", () => {
  const cases: readonly (readonly [string, object])[] = [
    ["https://h/r.git", { remote: "https://h/r.git" }],
    ["https://h/r.git#v1", { remote: "https://h/r.git", ref: "v1" }],
    ["https://h/r.git#:a/b", { remote: "https://h/r.git", subdir: "a/b" }],
    ["https://h/r.git#main:./a//b/", { remote: "https://h/r.git", ref: "main", subdir: "a/b" }],
    ["git://h/r", { remote: "git://h/r" }],
    ["ssh://git@h:22/r.git#x", { remote: "ssh://git@h:22/r.git", ref: "x" }],
    ["git@h:o/r.git#x:y", { remote: "git@h:o/r.git", ref: "x", subdir: "y" }],
    ["github.com/o/r", { remote: "https://github.com/o/r.git" }],
    ["github.com/o/r#v2", { remote: "https://github.com/o/r.git", ref: "v2" }],
    ["git+https://h/r.git", { remote: "https://h/r.git" }],
    [
      "https://h/r.git?branch=b&subdir=s&submodules=false",
      { remote: "https://h/r.git", ref: "refs/heads/b", subdir: "s", submodules: false },
    ],
    [
      "https://h/r.git?tag=t&checksum=abc",
      { remote: "https://h/r.git", ref: "refs/tags/t", checksum: "abc" },
    ],
    [
      "https://h/r.git?submodules&keep-git-dir=0&mtime=commit&ref=x#x:",
      { remote: "https://h/r.git", ref: "x", keepGitDir: false },
    ],
    [
      `https://h/r.git?branch=b&fetch-by-commit=1&commit=${"a".repeat(40)}`,
      { remote: "https://h/r.git", ref: "a".repeat(40), checksum: "a".repeat(40) },
    ],
  ];
  for (const [text, expected] of cases)
    assert.deepEqual(parseGitReference(text), { submodules: true, ...expected }, text);
});

test("everything else is no repository", () => {
  for (const text of [
    "https://h/file.tar",
    "http://h/",
    "./folder",
    "/abs",
    "a.git",
    "name:tag",
    "C:\\x",
    "oci-layout://x",
  ])
    assert.equal(parseGitReference(text), undefined, text);
});

test("a folder that leads out, a broken escape and an unknown parameter are errors", () => {
  assert.throws(() => parseGitReference("https://h/r.git#main:../x"), { code: "user-bad-reference" });
  assert.throws(() => parseGitReference("https://h/r.git#100%"), { code: "user-bad-reference" });
  assert.throws(() => parseGitReference("https://h/r.git?what=x"), /unexpected query parameter "what"/);
  for (const query of [
    "ref=",
    "ref=a&ref=a",
    "ref=a#b",
    "subdir=a#:b",
    "branch=a&tag=a",
    "ref=a&branch=a",
    "submodules=x",
    "mtime=x",
    "fetch-by-commit&commit=abc",
  ])
    assert.throws(() => parseGitReference(`https://h/r.git?${query}`), { code: "user-bad-reference" }, query);
});
