import assert from "node:assert/strict";
import { test } from "node:test";
import { updateTables } from "./base-tables.ts";
import { whyText } from "./why-text.ts";

const TARGET = { recipe: "ours:13", platform: "linux/amd64" };

test("what moved is a table for each target that moved; long lists of ids go on below", () => {
  const cves = [1, 2, 3, 4, 5].map((number) => `CVE-2026-000${number}`);
  const changes = [
    { name: "lib", from: "1", to: "2", size: -1500, cves },
    { name: "new", to: "1", size: 0, cves: [] },
    { name: "node", from: "24", cves: [] },
  ];
  const lines = updateTables({
    targets: [
      { ...TARGET, changes },
      { ...TARGET, platform: "linux/arm64", changes: [] },
    ],
  }).split("\n");
  assert.deepEqual(lines, [
    "ours:13 linux/amd64",
    "PACKAGE   FROM   TO   SIZE     CVES",
    "lib       1      2    -1.5kB   CVE-2026-0001, CVE-2026-0002, CVE-2026-0003, CVE-2026-0004,",
    "                               CVE-2026-0005",
    "new       -      1    0B",
    "node      24     -",
    "",
    "",
  ]);
});

test("why a package is there, or not, is said in words", () => {
  const chosen = { ...TARGET, kind: "chosen", version: "1", npm: false, namedIn: {} } as const;
  assert.equal(
    whyText("lib", { ...chosen, chains: [["app", "lib"]] }),
    "lib 1 is in ours:13 for linux/amd64:\n  app needs lib\n",
  );
  assert.match(whyText("lib", { ...chosen, chains: [["lib"]] }), /\n {2}the recipe names it\n$/);
  const namedIn = { app: { recipe: "ours.yaml", line: 7 }, lib: { recipe: "cc" } };
  const named = { ...chosen, chains: [["app", "lib"], ["lib"]], namedIn };
  assert.match(
    whyText("lib", named),
    /\n {2}app needs lib; ours\.yaml:7 names app\n {2}the recipe cc names it\n$/,
  );
  const drop = { name: "perl", by: "app", relation: "perl | awk", rule: "without perl", reason: "it is so" };
  assert.equal(
    whyText("perl", { ...TARGET, kind: "dropped", drops: [drop] }),
    'perl is left out of ours:13 for linux/amd64:\n  app wants perl | awk, but it is so (rule "without perl")\n',
  );
  const told = { ...TARGET, kind: "dropped", drops: [{ ...drop, saidIn: namedIn.app }] } as const;
  assert.match(whyText("perl", told), / \(rule "without perl" in ours\.yaml:7\)\n$/);
  assert.equal(
    whyText("lbi", { ...TARGET, kind: "unneeded", near: "lib" }),
    "nothing in ours:13 for linux/amd64 wants lbi; did you mean lib?\n",
  );
});
