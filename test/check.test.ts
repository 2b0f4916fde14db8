import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { folder, TARE } from "./harness.ts";

function tare(args: readonly string[], input = "", env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(TARE, ["check", ...args], {
    input,
    encoding: "utf8",
    env: { ...process.env, TARE_ROOT: "/nonexistent/tare", ...env },
  });
  return { status, stdout, stderr };
}

const FAULTY = "FROM alpine as base\nRUN apk add curl\n";

test("a clean Dockerfile: one line, exit code 0", () => {
  using context = folder({ Dockerfile: "FROM scratch\nCOPY a /\n" });
  assert.deepEqual(tare([context.path]), {
    status: 0,
    stdout: "Check complete, no warnings found.\n",
    stderr: "",
  });
});

test("findings: rule, page, words, lines; exit code 1", () => {
  using context = folder({ Dockerfile: FAULTY });
  const { status, stdout, stderr } = tare([context.path]);
  assert.equal(status, 1, stderr);
  assert.equal(
    stdout,
    `
WARNING: FromAsCasing - docs/checks/FromAsCasing.md
'as' and 'FROM' keywords' casing do not match
Dockerfile:1
--------------------
   1 | >>> FROM alpine as base
   2 |     RUN apk add curl
--------------------
fix: --fix would write AS

WARNING: ApkCacheLeft - docs/checks/ApkCacheLeft.md
apk add without --no-cache leaves the package index in the layer
Dockerfile:2
--------------------
   1 |     FROM alpine as base
   2 | >>> RUN apk add curl
--------------------
hint: add --no-cache; apk update is not needed then
fix: --fix would add --no-cache

Check complete, 2 warnings have been found!
`,
  );
  assert.equal(stderr, "");
  assert.match(
    tare([context.path, "--skip", "ApkCacheLeft"]).stdout,
    /Check complete, 1 warning has been found!\n$/,
  );
  assert.equal(tare(["--skip", "ApkCacheLeft,FromAsCasing", context.path]).status, 0);
});

test("--error and error=true say which rules it were", () => {
  using context = folder({ Dockerfile: FAULTY, strict: `# check=error=true\n${FAULTY}` });
  const message = "ERROR: lint violation found for rules: FromAsCasing, ApkCacheLeft\n";
  const byFlag = tare(["--error", context.path]);
  assert.deepEqual([byFlag.status, byFlag.stderr], [1, message]);
  const byFile = tare(["-f", join(context.path, "strict"), context.path]);
  assert.deepEqual([byFile.status, byFile.stderr], [1, message]);
});

test("a Dockerfile that does not parse, and one that is not there, are errors", () => {
  using context = folder({ Dockerfile: "FROM a\nRUM b\n" });
  const { status, stdout, stderr } = tare([context.path]);
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(stderr, /^Dockerfile:2\n[\s\S]*ERROR: unknown instruction: RUM\nhint: did you mean RUN\?\n$/);
  assert.match(
    tare(["-f", join(context.path, "none"), context.path]).stderr,
    /ERROR: failed to read the Dockerfile/,
  );
  assert.match(tare([]).stderr, /requires exactly 1 argument/);
  assert.match(tare(["--format", "xml", context.path]).stderr, /it takes text, json, sarif/);
});

test("from standard input, alone or with a context", () => {
  assert.match(tare(["-"], FAULTY).stdout, /FromAsCasing/);
  using context = folder({ ".dockerignore": "dist\n" });
  const { stdout } = tare(["-f", "-", context.path], "FROM scratch\nCOPY dist /\n");
  assert.match(stdout, /Attempting to Copy file "dist" that is excluded by \.dockerignore/);
  const fix = tare(["--fix", "-"], FAULTY);
  assert.equal(fix.status, 1);
  assert.match(fix.stderr, /--fix can not rewrite a Dockerfile from standard input/);
  assert.match(tare(["--fix", "https://example.invalid/x.git"]).stderr, /--fix can not rewrite/);
});

test("target, build arguments and named contexts count", () => {
  using context = folder({
    Dockerfile: "ARG V\nFROM alpine:3$V AS a\nCOPY $gone /\nFROM alpine AS b\n",
  });
  const rules = (...args: readonly string[]) =>
    [...tare([...args, context.path]).stdout.matchAll(/^WARNING: (\w+)/gm)].map(([, rule]) => rule).join(" ");
  assert.equal(rules(), "UnusedStage UndefinedVar".split(" ").join(" "));
  assert.equal(rules("--target", "b"), "UnusedStage");
  assert.equal(rules("--build-arg", "BUILDKIT_DOCKERFILE_CHECK=skip=UnusedStage,UndefinedVar"), "");
  assert.equal(rules("--build-context", "alpine:3=docker-image://unknown/image"), "UnusedStage");
});

test("a program of the context that scratch can not start", () => {
  using context = folder({
    Dockerfile: 'FROM scratch\nCOPY app /app\nUSER 1\nCMD ["/app"]\n',
    app: (path) => symlinkSync(process.execPath, path),
  });
  assert.match(
    tare([context.path]).stdout,
    /WARNING: DynamicProgramInScratch[\s\S]*app is dynamically linked/,
  );
});

test("--fix rewrites the file in place, keeps its mode, and says what it did", () => {
  using context = folder({ Dockerfile: "# mine\r\nFROM alpine as base\r\nRUN apk add curl\r\n" });
  const file = join(context.path, "Dockerfile");
  chmodSync(file, 0o640);
  symlinkSync("Dockerfile", join(context.path, "link"));
  const { status, stdout } = tare(["--fix", "-f", join(context.path, "link"), context.path]);
  assert.equal(status, 0, stdout);
  assert.equal(
    stdout,
    "fixed link:2: write AS (FromAsCasing)\nfixed link:3: add --no-cache (ApkCacheLeft)\nCheck complete, no warnings found.\n",
  );
  assert.equal(
    readFileSync(file, "utf8"),
    "# mine\r\nFROM alpine AS base\r\nRUN apk add --no-cache curl\r\n",
  );
  assert.equal(statSync(file).mode & 0o777, 0o640);
  const before = statSync(file).mtimeMs;
  assert.equal(tare(["--fix", context.path]).status, 0);
  assert.equal(statSync(file).mtimeMs, before, "nothing to fix, nothing written");
});

test("--fix does not touch a file that it can not read as text", () => {
  using context = folder({ Dockerfile: "" });
  const file = join(context.path, "Dockerfile");
  const bytes = Buffer.from("FROM a as b\nLABEL x=\xff\n", "latin1");
  writeFileSync(file, bytes);
  const { status, stderr } = tare(["--fix", context.path]);
  assert.equal(status, 1);
  assert.match(stderr, /can not be rewritten/);
  assert.deepEqual(readFileSync(file), bytes);
});

test("JSON has docker's shape", () => {
  using context = folder({ Dockerfile: "FROM scratch AS Foo\nCOPY a \\\n  b\nexpose \\\n  80/TCP\n" });
  const { status, stdout } = tare(["--format=json", "--skip=ConsistentInstructionCasing", context.path]);
  assert.equal(status, 1);
  assert.deepEqual(JSON.parse(stdout).warnings[1], {
    ruleName: "ExposeProtoCasing",
    description: "Protocol in EXPOSE instruction should be lowercase",
    url: "https://docs.docker.com/go/dockerfile/rule/expose-proto-casing/",
    detail: "Defined protocol '80/TCP' in EXPOSE instruction should be lowercase",
    location: {
      ranges: [
        { start: { line: 4 }, end: { line: 4 } },
        { start: { line: 5 }, end: { line: 5 } },
      ],
    },
  });
  const [source] = JSON.parse(stdout).sources;
  assert.equal(source.filename, "Dockerfile");
  assert.equal(
    Buffer.from(source.data, "base64").toString(),
    readFileSync(join(context.path, "Dockerfile"), "utf8"),
  );
});

test("SARIF has what version 2.1.0 asks for", () => {
  using context = folder({ "my Dockerfile": FAULTY });
  const { status, stdout } = tare([
    "--format",
    "sarif",
    "-f",
    join(context.path, "my Dockerfile"),
    context.path,
  ]);
  assert.equal(status, 1);
  const log = JSON.parse(stdout);
  assert.equal(log.version, "2.1.0");
  const [run] = log.runs;
  assert.equal(run.tool.driver.name, "tare");
  for (const rule of run.tool.driver.rules) {
    assert.equal(typeof rule.shortDescription.text, "string");
    if (rule.helpUri !== undefined) assert.equal(new URL(rule.helpUri).protocol, "https:");
  }
  for (const result of run.results) {
    assert.equal(run.tool.driver.rules[result.ruleIndex].id, result.ruleId);
    const { region, artifactLocation } = result.locations[0].physicalLocation;
    assert.equal(artifactLocation.uri, "my%20Dockerfile");
    assert.equal(
      region.startLine >= 1 && region.startColumn >= 1 && region.endLine >= region.startLine,
      true,
      "region",
    );
  }
  const { deletedRegion, insertedContent } = run.results[1].fixes[0].artifactChanges[0].replacements[0];
  const at = deletedRegion.charOffset;
  const applied = FAULTY.slice(0, at) + insertedContent.text + FAULTY.slice(at + deletedRegion.charLength);
  assert.equal(applied, "FROM alpine as base\nRUN apk add --no-cache curl\n");
});
