import assert from "node:assert/strict";
import { test } from "node:test";
import { checkFloors } from "./check-floors.mjs";

/** The offences of one file. */
function offences(path, text) {
  return checkFloors([{ path, text }]);
}

test("what the law allows passes", () => {
  const allowed = [
    ["tree/merge.ts", 'import { a } from "../base/index.ts";\nimport { b } from "./entry.ts";\n'],
    ["api/build.ts", 'import { callEngine } from "../engine/index.ts";\n'],
    ["engine/main.ts", 'import { serve } from "./index.ts";\nprocess.exit(0);\n'],
    ["cli/main.ts", 'const { run } = await import("./commands/run.ts");\nconsole.log(process.argv);\n'],
    [
      "cli/commands/run.ts",
      'import { parse } from "../flags.ts";\nimport { runImage } from "../../api/index.ts";\n',
    ],
    ["base/a.ts", '// import { x } from "../api/index.ts"\nconst text = "process.env // console.log";\n'],
    ["oci/index.ts", '/** What it is for. */\nexport * from "./a.ts";\nexport type { B } from "./b.ts";\n'],
    ["tree/a.test.ts", 'import { x } from "../../test/harness.ts";\nconsole.log(process.env);\n'],
  ];
  for (const [path, text] of allowed) assert.deepEqual(offences(path, text), [], path);
});

test("each offence is told, with what to do instead", () => {
  const forbidden = [
    [
      "base/a.ts",
      'import { x } from "../tree/index.ts";',
      /tree is above; move what both need to a lower floor/,
    ],
    ["base/a.ts", 'import type { X } from "../tree/index.ts";', /tree is above/],
    ["base/a.ts", 'const x = await import("../tree/index.ts");', /tree is above/],
    ["base/a.ts", 'import {\n  a,\n  b,\n} from "../tree/index.ts";', /tree is above/],
    ["base/a.ts", 'export * from "../tree/index.ts";', /tree is above/],
    ["tree/a.ts", 'import { x } from "../dockerfile/index.ts";', /dockerfile is on the same floor/],
    ["solver/a.ts", 'import { x } from "../tree/entry.ts";', /import it from \.\.\/tree\/index\.ts/],
    ["tree/a.ts", 'import { x } from "./index.ts";', /a folder's own index\.ts is for others/],
    ["tree/a.ts", 'import { x } from "../base";', /with \.ts/],
    ["tree/a.ts", 'import { x } from "../../test/harness.ts";', /outside src/],
    ["misc/a.ts", "", /is on no floor/],
    ["solver/a.ts", "const a = process.env.A;", /uses process\.env/],
    ["solver/a.ts", 'console.error("x");', /uses console\.error/],
    ["tree/index.ts", 'export * from "./a.ts";\n', /open with a comment/],
    ["tree/index.ts", "/** For. */\nexport const a = 1;\n", /only re-exports/],
    ["tree/a.ts", "\n".repeat(301), /has 301 lines/],
  ];
  for (const [path, text, message] of forbidden) {
    const found = offences(path, text);
    assert.equal(found.length, 1, `${path}: ${text}: ${found.join(" | ")}`);
    assert.match(found[0], message);
    assert.ok(found[0].startsWith(`src/${path}: `));
  }
});
