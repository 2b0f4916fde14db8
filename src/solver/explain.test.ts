import assert from "node:assert/strict";
import { test } from "node:test";
import { explainMiss, type MissedStep, NEVER_BUILT, type RememberedStep } from "./explain.ts";
import { compareListings } from "./listing.ts";
import { cacheKey } from "./record.ts";

const DATA = { type: "exec", args: ["a"], env: ["A=1", "B=2"], cwd: "/", base: "sha256:1", epoch: null };
const NAME = "[build 2/4] RUN a";
const before: RememberedStep = { name: NAME, key: cacheKey(DATA) };

function why(change: object, more: Partial<MissedStep> = {}): string {
  const step = { name: NAME, ignoreCache: false, key: cacheKey({ ...DATA, ...change }), ...more };
  return explainMiss(step, [before]);
}

test("what has changed in a step's key is its reason", () => {
  assert.equal(why({ args: ["b"] }), "the command has changed");
  assert.equal(
    why({ env: ["A=1", "B=3", "C="], cwd: "/x" }),
    "the variable B has changed, the variable C has changed, the working directory has changed",
  );
  assert.equal(why({ base: "sha256:2" }), "the step before it has changed");
  assert.equal(
    why({ base: "sha256:2" }, { waitsFor: "[build 1/4] COPY x y" }),
    "it stands on [build 1/4] COPY x y, which runs again",
  );
  assert.equal(why({ shmSize: 1, ulimits: ["nofile=1:1"] }), "--shm-size has changed, --ulimit has changed");
  assert.equal(why({ epoch: 1 }), "SOURCE_DATE_EPOCH has changed");
  assert.equal(why({}), "its result is not in the store any more (tare prune)");
});

test("a step that is new, another one, or was asked to run", () => {
  const { key } = before;
  assert.equal(explainMiss({ name: NAME, ignoreCache: false, key }, []), NEVER_BUILT);
  assert.equal(
    explainMiss({ name: "[build 2/4] RUN b", ignoreCache: false, key: cacheKey({ ...DATA, args: ["b"] }) }, [
      before,
    ]),
    "the instruction is another one; it was: RUN a",
  );
  assert.equal(
    explainMiss({ name: NAME, ignoreCache: true }, [before]),
    "it was asked to run again (--no-cache)",
  );
});

test("a step is the same one when others come before it, or a variable in its name has another value", () => {
  assert.equal(
    why({ base: "sha256:2" }, { name: "[build 3/5] RUN a", waitsFor: "[build 2/5] RUN new" }),
    "it stands on [build 2/5] RUN new, which runs again",
  );
  assert.equal(why({}, { name: "[other 2/4] RUN a" }), NEVER_BUILT);
  assert.equal(why({ env: ["A=2", "B=2"] }, { name: "[build 2/4] RUN 2" }), "the variable A has changed");
  assert.equal(why({ hostname: "h" }), "BUILDKIT_SANDBOX_HOSTNAME has changed");
});

test("a copy names the files, three at most", () => {
  const file = (content: string, mode = "644") => `file ${mode} 0:0 ${content}`;
  const data = { type: "file", actions: [], base: null };
  const copy = {
    name: NAME,
    key: cacheKey({ ...data, content: ["1"] }),
    files: { a: file("1"), b: file("2"), c: file("3"), d: file("4"), e: file("5") },
  };
  const files = { a: file("9"), b: file("2", "755"), d: "symlink 777 0:0 a", e: file("5"), f: file("6") };
  assert.equal(
    explainMiss({ name: NAME, ignoreCache: false, key: cacheKey({ ...data, content: ["2"] }), files }, [
      copy,
    ]),
    "a has changed, b has mode 755 instead of 644, c is gone and 2 more",
  );
  assert.deepEqual(
    compareListings({ d: file("4"), o: "file 644 0:0 1" }, { d: files.d, o: "file 644 5:0 1" }),
    ["d was a file and is a symlink", "o has another owner (0:0, now 5:0)"],
  );
  const link = (target: string) => ({ l: `symlink 777 0:0 ${target}` });
  assert.deepEqual(compareListings(link("my files/a"), link("my files/b")), ["l has changed"]);
  const odd = compareListings({}, { "a\n\u001b[31mb": file("1") });
  assert.deepEqual(odd, ["a\u240a\u241b[31mb is new"], "a name stays on its line and steers no terminal");
});

test("a base that is composed again says what asked for it", () => {
  const name = "[1/1] FROM tare/python";
  const base = [{ name, key: before.key }];
  const miss = (composed: "remembered" | "anew") => explainMiss({ name, ignoreCache: false, composed }, base);
  assert.equal(miss("anew"), "it was asked for anew (--pull, --no-cache)");
  assert.equal(miss("remembered"), "its recipe or its lock has changed");
  assert.equal(explainMiss({ name, ignoreCache: false, composed: "anew" }, []), NEVER_BUILT);
});
