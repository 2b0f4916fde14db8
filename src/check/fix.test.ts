// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Dockerfiles have this syntax too
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { expandWord, parseDockerfile, type StageInstruction } from "../dockerfile/index.ts";
import { allInstructions, type Instruction } from "./context.ts";
import { fixDockerfile } from "./fix.ts";
import { requestFor } from "./fixtures.ts";

function fixed(source: string): string {
  return fixDockerfile(requestFor(source)).source;
}

const APT = "rm -rf /var/lib/apt/lists/*";

/** Dockerfiles before and after. */
const CASES: readonly (readonly [name: string, before: string, after: string])[] = [
  ["stage names and AS", "FROM a as Foo\nFROM foo AS b\n", "FROM a AS foo\nFROM foo AS b\n"],
  ["keywords", "FROM a\ncopy x /\n  Run y\n", "FROM a\nCOPY x /\n  RUN y\n"],
  ["keywords, then AS", "from a AS b\ncopy x /\n", "from a as b\ncopy x /\n"],
  [
    "an author",
    'FROM a\nMAINTAINER "Ann" $x \\ y\n',
    'FROM a\nLABEL org.opencontainers.image.authors="\\"Ann\\" \\$x \\\\ y"\n',
  ],
  [
    "an author, backtick",
    "# escape=`\nFROM a\nmaintainer A\\b `c\nRUN x\n",
    '# escape=`\nFROM a\nLABEL org.opencontainers.image.authors="A\\b ``c"\nRUN x\n',
  ],
  [
    "old pairs",
    `FROM a\nENV A b\nENV C d e $f # x\nLABEL g "h i"\nENV T "u $T"\nENV J k 'l'\nENV M n\\ o\n`,
    `FROM a\nENV A=b\nENV C="d e $f # x"\nLABEL g="h i"\nENV T="u $T"\nENV J k 'l'\nENV M n\\ o\n`,
  ],
  [
    "words for no shell",
    "FROM a\nENTRYPOINT node  app.js --port=80\n",
    'FROM a\nENTRYPOINT ["node", "app.js", "--port=80"]\n',
  ],
  ["quoted words", "FROM a\nCMD x 'a b' \"c\"\n", 'FROM a\nCMD ["x", "a b", "c"]\n'],
  ["words for a shell", "FROM a\nCMD x $y\n", "FROM a\nCMD x $y\n"],
  ["a pipe", "FROM a\nCMD x | y\n", "FROM a\nCMD x | y\n"],
  ["a builtin", "FROM a\nCMD exec x\n", "FROM a\nCMD exec x\n"],
  ["ENTRYPOINT that hides CMD", 'FROM a\nENTRYPOINT x\nCMD ["y"]\n', 'FROM a\nENTRYPOINT x\nCMD ["y"]\n'],
  [
    "ENTRYPOINT that hides a later stage's CMD",
    'FROM a AS b\nENTRYPOINT x\nFROM b\nCMD ["y"]\n',
    'FROM a AS b\nENTRYPOINT x\nFROM b\nCMD ["y"]\n',
  ],
  ["CMD that is an argument", 'FROM a\nENTRYPOINT ["x"]\nCMD y\n', 'FROM a\nENTRYPOINT ["x"]\nCMD y\n'],
  [
    "empty lines",
    "FROM a\nRUN x \\\n\n  \n  # kept\n\n  && y\n# end\n",
    "FROM a\nRUN x \\\n  # kept\n  && y\n# end\n",
  ],
  ["an empty line at the end", "FROM a\nRUN x \\\n\n", "FROM a\nRUN x \\\n"],
  [
    "an author with a comment inside",
    "FROM a\nMAINTAINER b \\\n# c\n  d\n",
    "FROM a\nMAINTAINER b \\\n# c\n  d\n",
  ],
  [
    "a platform with a comment behind it",
    "FROM --platform=$TARGETPLATFORM \\\n# c\n a\n",
    "FROM --platform=$TARGETPLATFORM \\\n# c\n a\n",
  ],
  ["a platform", "FROM --platform=$TARGETPLATFORM a AS b\n", "FROM a AS b\n"],
  ["ports", "FROM a\nEXPOSE 80/TCP \\\n  53/Udp 1/tcp\n", "FROM a\nEXPOSE 80/tcp \\\n  53/udp 1/tcp\n"],
  [
    "apt in a line",
    "FROM debian\nRUN apt-get update && apt-get -y install a b\n",
    `FROM debian\nRUN apt-get update && apt-get -y install --no-install-recommends a b && ${APT}\n`,
  ],
  [
    "apt in lines",
    "FROM debian\nRUN apt-get update \\\n  # why\n  && apt-get install -y \\\n    a \\\n    b\nRUN x\n",
    `FROM debian\nRUN apt-get update \\\n  # why\n  && apt-get install --no-install-recommends -y \\\n    a \\\n    b \\\n    && ${APT}\nRUN x\n`,
  ],
  [
    "apt with semicolons",
    "FROM debian\nRUN set -eux; \\\n\tapt-get update; \\\n\tapt-get install --no-install-recommends a;\n",
    `FROM debian\nRUN set -eux; \\\n\tapt-get update; \\\n\tapt-get install --no-install-recommends a; \\\n\t${APT}\n`,
  ],
  [
    "apt in a heredoc",
    "FROM debian\nRUN <<EOF\napt-get update\napt-get install a\nEOF\n",
    `FROM debian\nRUN <<EOF\napt-get update\napt-get install --no-install-recommends a\n${APT}\nEOF\n`,
  ],
  [
    "apt before an alternative",
    "FROM debian\nRUN apt-get update || true\n",
    "FROM debian\nRUN apt-get update || true\n",
  ],
  [
    "apt in JSON form",
    'FROM debian\nRUN ["apt-get", "install", "a"]\n',
    'FROM debian\nRUN ["apt-get", "install", "a"]\n',
  ],
  [
    "apt, backtick and CRLF",
    "# escape=`\r\nFROM debian\r\nRUN apt-get update `\r\n && x\r\n",
    `# escape=\`\r\nFROM debian\r\nRUN apt-get update \`\r\n && x \`\r\n && ${APT}\r\n`,
  ],
  [
    "apt, by sudo",
    "FROM debian\nRUN sudo apt-get update\n",
    `FROM debian\nRUN sudo apt-get update && sudo ${APT}\n`,
  ],
  [
    "apk",
    "FROM alpine\nRUN sudo apk add a && apk add -U b\n",
    "FROM alpine\nRUN sudo apk add --no-cache a && apk add --no-cache -U b\n",
  ],
  [
    "dnf",
    "FROM fedora\nRUN microdnf install -y a\nRUN yum clean all\n",
    "FROM fedora\nRUN microdnf install -y a && microdnf clean all\nRUN yum clean all\n",
  ],
  [
    "pip",
    "FROM python:3-slim\nRUN pip install a && python3 -m pip install b\n",
    "FROM python:3-slim\nRUN pip install --no-cache-dir a && python3 -m pip install --no-cache-dir b\n",
  ],
  ["a byte order mark", "\uFEFFFROM a as b\n", "\uFEFFFROM a AS b\n"],
  ["no line feed at the end", "FROM a\nmaintainer b", 'FROM a\nLABEL org.opencontainers.image.authors="b"'],
];

for (const [name, before, after] of CASES)
  test(`fixes ${name}`, () => {
    assert.equal(fixed(before), after);
    assert.equal(fixed(after), after, "a second time changes nothing");
  });

test("what is left out is not fixed", () => {
  const source =
    "# check=skip=StageNameCasing\nFROM a AS B\n# check=skip=MaintainerDeprecated\nMAINTAINER c\n";
  assert.equal(fixed(source), source);
});

test("fixes are told with the line that they were at", () => {
  const { fixes, report } = fixDockerfile(requestFor("FROM a as B\nRUN x \\\n\n y\nmaintainer me\n"));
  assert.deepEqual(
    fixes.map(({ rule, line }) => `${rule} ${line}`),
    [
      "StageNameCasing 1",
      "FromAsCasing 1",
      "NoEmptyContinuation 4",
      "ConsistentInstructionCasing 5",
      "MaintainerDeprecated 4",
    ],
  );
  assert.deepEqual(report.warnings, []);
});

/** Lines with faults of every kind that can be fixed, and some that can not. */
const LINE = fc.constantFrom(
  "FROM debian:13 as Base",
  "from --platform=$TARGETPLATFORM base AS next",
  "FROM alpine",
  'MAINTAINER Ann "B" <c@d> $e',
  "maintainer x\\y",
  "ENV KEY some value",
  "env A $b c",
  "LABEL x 'y z'",
  'Env Q "r"s',
  "CMD node app.js",
  "cmd echo $HOME && x",
  "ENTRYPOINT /bin/x  -y",
  "EXPOSE 80/TCP 1:2 3/UDP",
  "RUN apt-get update && apt-get install -y curl",
  "RUN apt-get update; \\\n\n  apt-get install x; \\\n# note\n  true",
  'run --mount=type=cache,target=/x apk add bash \\\n  && echo "a  b"',
  "RUN <<EOF\napt-get update\n  apt install y\nEOF",
  "RUN <<-E cat && apk add z\n\ta\n\tE",
  "RUN pip install -r x.txt | tee log",
  "RUN if true; then dnf install -y a; fi",
  'RUN ["apt-get", "install", "x"]',
  "RUN apk add a # why",
  "# a comment",
  "# check=skip=AptListsLeft",
  "",
  "COPY --chmod=755 <<A b /x/\nhello $world\n\nA",
  "ONBUILD RUN apk add x",
  "HEALTHCHECK CMD curl \\\n\n localhost",
  "wORK\\\nDIR /x",
  "FROM alpine A\\\ns c",
  "FROM --platform=$TARGET\\\nPLATFORM alpine",
  "CMD no\\\n# note\nde x",
  "WORKDIR app",
  'SHELL ["/bin/bash", "-c"]',
);

const FILE = fc
  .tuple(fc.constantFrom("", "ARG X=1\n", "# escape=\\\n"), fc.array(LINE, { maxLength: 12 }), fc.boolean())
  .map(([head, lines, crlf]) => {
    const text = `${head}FROM debian AS first\n${lines.join("\n")}\n`;
    return crlf ? text.replaceAll("\n", "\r\n") : text;
  });

test("a fixed file is stable, keeps comments and line endings, and says the same", () => {
  fc.assert(
    fc.property(FILE, (source) => {
      const after = fixed(source);
      assert.equal(fixed(after), after, "stable");
      assert.deepEqual(commentsOf(after), commentsOf(source), "comments");
      assert.equal(/\r/.test(after), /\r/.test(source), "line endings");
      if (/\r/.test(source)) assert.equal(/[^\r]\n/.test(after), false, "line endings are not mixed");
      assert.deepEqual(meanings(after), meanings(source), "instructions");
    }),
    { numRuns: 300 },
  );
});

function commentsOf(source: string): readonly string[] {
  return source.split(/\r?\n/).filter((line) => line.trimStart().startsWith("#"));
}

function meanings(source: string): readonly string[] {
  const { dockerfile } = parseDockerfile(source, { file: "Dockerfile" });
  return Array.from(allInstructions(dockerfile), (instruction) => JSON.stringify(meaning(instruction)));
}

/** What an instruction says, without what a fix may change. */
function meaning(instruction: Instruction): unknown {
  switch (instruction.keyword) {
    case "FROM":
      return ["FROM", instruction.image.text, instruction.alias?.text.toLowerCase()];
    case "MAINTAINER":
      return ["LABEL", ["org.opencontainers.image.authors", instruction.word.text]];
    case "ENV":
    case "LABEL":
      return [
        instruction.keyword,
        ...instruction.pairs.map(({ key, value }) => [key.text, expandedValue(value?.text ?? "")]),
      ];
    case "EXPOSE":
      return ["EXPOSE", ...instruction.words.map(({ text }) => text.toLowerCase())];
    case "CMD":
    case "ENTRYPOINT":
      return [instruction.keyword, commandMeaning(instruction)];
    case "RUN":
      return ["RUN", runMeaning(instruction)];
    default: {
      const { range: _range, text: _text, description: _description, ...rest } = instruction;
      return withoutRanges(rest);
    }
  }
}

function expandedValue(text: string): string {
  return expandWord(text, (name) => `<${name}>`, { escape: "\\" }).text;
}

function commandMeaning({ command }: Extract<StageInstruction, { keyword: "CMD" | "ENTRYPOINT" }>): unknown {
  if (command.form === "exec") return command.args;
  return /[$&|;]/.test(command.text) ? command.text : command.text.split(/ +/);
}

function runMeaning({ command }: Extract<StageInstruction, { keyword: "RUN" }>): unknown {
  if (command.form === "exec") return command.args;
  return [command.text, ...command.heredocs.map(({ source }) => source.replaceAll("\r\n", "\n"))]
    .join("\n")
    .replace(/ --no-(?:install-recommends|cache-dir|cache)/g, "")
    .replace(/\s*(?:&& |\n|(?<=;) )(?:rm -rf \/var\/lib\/apt\/lists\/\*|dnf clean all)/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

function withoutRanges(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, part) => (key === "range" ? undefined : part)));
}
