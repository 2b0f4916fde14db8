import assert from "node:assert/strict";
import { test } from "node:test";
import { helpText, markdownPage } from "./help.ts";
import { COMMANDS } from "./registry.ts";

const SPEC = {
  name: "make",
  summary: "Make something",
  usage: "PATH | -",
  flags: [
    { name: "tag", short: "t", type: "list", value: "NAME", description: "a name" },
    { name: "pull", type: "boolean", description: "off|on" },
  ],
  refused: { push: "there is no registry" },
  examples: ["tare make .", "tare make -"],
} as const;

test("help is the command's table", () => {
  assert.equal(
    helpText(SPEC),
    `Make something

Usage: tare make [FLAGS] PATH | -

Flags:
  -t, --tag NAME   a name (repeatable)
      --pull       off|on
      --root DIR   folder of the local store (default: TARE_ROOT, else one per user)
  -D, --debug      show stack traces of internal errors
  -h, --help       show this help

Examples:
  tare make .
  tare make -
`,
  );
});

test("without arguments or examples nothing stands for them", () => {
  const text = helpText({ ...SPEC, flags: [], usage: "", examples: [] });
  assert.match(text, /\nUsage: tare make \[FLAGS\]\n/);
  assert.match(text, /show this help\n$/);
});

test("the page in docs is the same table, with what is refused", () => {
  assert.equal(
    markdownPage({ ...SPEC, examples: ["tare make ."] }),
    `# tare make

Make something.

\`\`\`
tare make [FLAGS] PATH | -
\`\`\`

| flag | meaning |
| --- | --- |
| \`-t\`, \`--tag NAME\` | a name |
| \`--pull\` | off\\|on |
| \`--root DIR\` | folder of the local store (default: TARE_ROOT, else one per user) |
| \`-D\`, \`--debug\` | show stack traces of internal errors |
| \`-h\`, \`--help\` | show this help |

Refused, because:

| flag | reason |
| --- | --- |
| \`--push\` | there is no registry |

\`\`\`
tare make .
\`\`\`
`,
  );
});

test("every command's help names every flag once", async () => {
  for (const [name, load] of Object.entries(COMMANDS)) {
    const { spec } = await load();
    assert.equal(spec.name, name);
    const lines = helpText(spec).split("\n");
    const flags = lines.flatMap((line) => /^ {2}(?:-\w, | {4})--([\w-]+)/.exec(line)?.[1] ?? []);
    assert.equal(new Set(flags).size, flags.length, name);
    assert.equal(flags.length, spec.flags.length + 3, name);
    const shorts = spec.flags.flatMap(({ short }) => short ?? []);
    assert.equal(new Set(shorts).size, shorts.length, name);
    for (const line of lines) assert.ok(line.length <= 140, `${name}: ${line}`);
    for (const example of spec.examples) assert.ok(example.includes(`tare ${name}`), example);
  }
});

test("no command refuses a flag that it has", async () => {
  for (const load of Object.values(COMMANDS)) {
    const { spec } = await load();
    const known = spec.flags.flatMap(({ name, short }) => [name, short]);
    const both = Object.keys(spec.refused ?? {}).filter((name) => known.includes(name));
    assert.deepEqual(both, [], spec.name);
  }
});
