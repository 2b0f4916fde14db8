// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Dockerfiles have this syntax too
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import { basesOf } from "./check.ts";
import { fixDockerfile } from "./fix.ts";
import { checkSource, requestFor } from "./fixtures.ts";
import { dockerUrl } from "./rule-url.ts";
import { RULES } from "./rules.ts";
import type { CheckRequest } from "./types.ts";

function ids(source: string, rest: Partial<CheckRequest> = {}): string {
  return checkSource(source, rest)
    .warnings.map(({ rule, range }) => `${rule.id}:${range.start.line}`)
    .join(" ");
}

const FAULTY = "FROM scratch as base\ncopy Dockerfile .\n";

test("the file's directive leaves rules out", () => {
  assert.equal(ids(FAULTY), "FromAsCasing:1 ConsistentInstructionCasing:2");
  assert.equal(ids(`#check=skip=all\n${FAULTY}`), "");
  assert.equal(ids(`# check = skip=ConsistentInstructionCasing,FromAsCasing\n${FAULTY}`), "");
  assert.equal(ids(`# check=skip=ConsistentInstructionCasing;error=true\n${FAULTY}`), "FromAsCasing:2");
});

test("the build argument takes the directive's place", () => {
  const buildArgs = { BUILDKIT_DOCKERFILE_CHECK: "skip=ConsistentInstructionCasing;error=true" };
  const report = checkSource(`#check=skip=all\n${FAULTY}`, { buildArgs });
  assert.deepEqual([report.warnings.map(({ rule }) => rule.id), report.error], [["FromAsCasing"], true]);
  const none = checkSource(`# check=error=true\n${FAULTY}`, {
    buildArgs: { BUILDKIT_DOCKERFILE_CHECK: "skip=all" },
  });
  assert.deepEqual([none.warnings, none.error], [[], false]);
});

test("the caller's settings come on top", () => {
  assert.equal(ids(FAULTY, { skip: ["FromAsCasing"] }), "ConsistentInstructionCasing:2");
  assert.equal(ids(`# check=skip=FromAsCasing\n${FAULTY}`, { skip: ["ConsistentInstructionCasing"] }), "");
  assert.equal(ids(FAULTY, { skip: ["all"] }), "");
  assert.equal(checkSource(FAULTY, { error: true }).error, true);
});

test("a comment above an instruction is for that one alone, an empty comment ends it", () => {
  const source =
    "FROM alpine\n# why\n# check=skip=ApkCacheLeft\nRUN x && \\\n  apk add y\n# check=skip=ApkCacheLeft\n#\nRUN apk add z\n";
  assert.equal(ids(source), "ApkCacheLeft:8");
});

test("settings end at a space, and the first comment counts", () => {
  const source = "FROM alpine\n# check=skip=ApkCacheLeft because\nRUN apk add y\n";
  assert.equal(ids(source), "");
  assert.equal(ids(`# check=skip=A, ApkCacheLeft\n${source}RUN apk add z`), "ApkCacheLeft:5");
  assert.equal(
    ids("FROM alpine\n# check=skip=A\n# check=skip=ApkCacheLeft\nRUN apk add y"),
    "ApkCacheLeft:4",
  );
});

test("what a second CMD says of the first is left out by a comment above the second", () => {
  const cmd = (comment: string) => `FROM alpine\nUSER x\nCMD ["a"]\n# check=skip=${comment}\nCMD ["b"]`;
  assert.equal(ids(cmd("MultipleInstructionsDisallowed")), "");
  assert.equal(ids(cmd("A")), "MultipleInstructionsDisallowed:3");
});

test("settings that make no sense are errors", () => {
  for (const [text, message] of [
    ["skip", 'invalid check option "skip"'],
    ["skp=all", 'invalid check option "skp"'],
    ["error=maybe", 'failed to parse check option "error=maybe": "maybe" is not a boolean'],
  ] as const)
    assert.throws(
      () => checkSource(`# check=${text}\nFROM a`),
      (error: unknown) =>
        error instanceof TareError && error.code === "user-dockerfile-syntax" && error.message === message,
      text,
    );
});

test("settings say where they are wrong, and other comments are none", () => {
  const lineOf = (source: string) => {
    try {
      return ids(source);
    } catch (error) {
      return error instanceof TareError ? error.facts.location?.range.start.line : error;
    }
  };
  assert.equal(lineOf("# syntax=x\n# check=skip\nFROM a"), 2);
  assert.equal(lineOf("FROM a\n# check=error=maybe\nRUN x"), 3);
  assert.equal(lineOf("FROM a\n# check=1 switches it on\nRUN x"), "");
});

test("a rule to skip has to be one", () => {
  assert.throws(
    () => checkSource("FROM a", { skip: ["FromAsCasin"] }),
    (error: unknown) => error instanceof TareError && error.facts.hint === "did you mean FromAsCasing?",
  );
  assert.equal(ids("# check=skip=DL3008\nFROM a"), "");
});

test("a Dockerfile that does not parse is an error with its place", () => {
  assert.throws(
    () => checkSource("FROM a\nRUM b\n"),
    (error: unknown) => error instanceof TareError && error.facts.location?.range.start.line === 2,
  );
});

test("findings are in the order of their lines", () => {
  assert.equal(
    ids('FROM a AS Foo\nMAINTAINER b\nexpose 80/TCP 1:2\nfrom c\nCMD ["x"]\nCMD y'),
    "StageNameCasing:1 MaintainerDeprecated:2 ConsistentInstructionCasing:3 ExposeProtoCasing:3 ExposeInvalidFormat:3 ConsistentInstructionCasing:4 MultipleInstructionsDisallowed:5 JSONArgsRecommended:6",
  );
});

test("rules are complete, and their names are their own", () => {
  const names = RULES.map(({ id }) => id);
  assert.equal(new Set(names).size, names.length);
  assert.equal(RULES.filter(({ group }) => group === "buildkit").length, 22);
  for (const rule of RULES) {
    assert.match(rule.id, /^[A-Z][A-Za-z]+$/);
    assert.equal(rule.url, `docs/checks/${rule.id}.md`);
  }
  assert.deepEqual(
    ["JSONArgsRecommended", "FromAsCasing", "SecretsUsedInArgOrEnv", "RootUser"].map((id) =>
      dockerUrl(RULES.find((rule) => rule.id === id) as (typeof RULES)[number]),
    ),
    [
      "https://docs.docker.com/go/dockerfile/rule/json-args-recommended/",
      "https://docs.docker.com/go/dockerfile/rule/from-as-casing/",
      "https://docs.docker.com/go/dockerfile/rule/secrets-used-in-arg-or-env/",
      undefined,
    ],
  );
});

/** What Dockerfiles are made of, and what they are not. */
const TOKEN = fc.constantFrom(
  ..."FROM RUN COPY ADD ENV ARG CMD ENTRYPOINT EXPOSE LABEL USER WORKDIR SHELL HEALTHCHECK ONBUILD MAINTAINER VOLUME".split(
    " ",
  ),
  ...'as AS a $x ${x} ${x:-y} 80/TCP k=v scratch alpine --from=0 --platform=$X <<E E # \\ ` \' " [ ] ["a"] && ; apt-get install update apk add'.split(
    " ",
  ),
  "\n",
  "\n",
  " ",
  "\r\n",
  "\t",
  "\u00e9\u{1f600}",
);

test("whatever the file, there is a report or an error of ours, and fixes leave a file that parses", () => {
  fc.assert(
    fc.property(fc.array(TOKEN, { maxLength: 40 }), (tokens) => {
      const source = `FROM alpine AS a\n${tokens.join(" ")}`;
      try {
        const { source: after } = fixDockerfile(requestFor(source));
        checkSource(after);
      } catch (error) {
        if (!(error instanceof TareError) || error.code === "internal-bug") throw error;
      }
    }),
    { numRuns: 3000 },
  );
});

test("the images that stages stand on are told without any rule", () => {
  const source = "ARG V=13\nFROM debian:$V AS a\nFROM a\nFROM scratch\nFROM busybox\n";
  assert.deepEqual([...basesOf(requestFor(source))], ["debian:13", "busybox"]);
});
