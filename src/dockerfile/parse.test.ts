import assert from "node:assert/strict";
import { test } from "node:test";
import { errorOf, instructions, only, parse, texts } from "./fixtures.ts";
import { parseDockerfile } from "./parse.ts";

test("all eighteen instructions are read, whatever the case of their keyword", () => {
  const file = parse(
    [
      "arg V=1",
      "From a As b",
      "add x /x",
      "ARG Y",
      "cmd run it",
      "Copy x y",
      'ENTRYPOINT ["e"]',
      "env a=b",
      "expose 80",
      "healthcheck none",
      "label l=m",
      "maintainer me",
      "onbuild run x",
      "run true",
      'shell ["sh"]',
      "stopsignal 9",
      "user u",
      "volume /v",
      "workdir /w",
    ].join("\n"),
  );
  assert.deepEqual(
    file.globalArgs.map(({ keyword }) => keyword),
    ["ARG"],
  );
  assert.equal(file.stages[0]?.from.keyword, "FROM");
  assert.deepEqual(
    file.stages[0]?.instructions.map(({ keyword }) => keyword).join(" "),
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR",
  );
});

test("RUN has a command, mounts, network, security and devices", () => {
  const run = only(
    "RUN",
    "RUN --mount=type=cache,target=/c,ro --mount=type=secret,id=s --network=none --security=insecure --device=a --device=b make  all",
  );
  assert.deepEqual(run.command, { form: "shell", text: "make  all", heredocs: [] });
  assert.deepEqual(
    run.mounts.map(({ options }) => options),
    [
      [
        { key: "type", value: "cache" },
        { key: "target", value: "/c" },
        { key: "ro", value: "" },
      ],
      [
        { key: "type", value: "secret" },
        { key: "id", value: "s" },
      ],
    ],
  );
  assert.deepEqual([run.network, run.security, texts(run.devices)], ["none", "insecure", ["a", "b"]]);
});

test("a mount's quoted field may hold commas and quotes", () => {
  const mount = only("RUN", `RUN --mount=type=bind,'"source=a,b"',TARGET=/x true`).mounts[0];
  assert.deepEqual(mount?.options, [
    { key: "type", value: "bind" },
    { key: "source", value: "a,b" },
    { key: "target", value: "/x" },
  ]);
});

test("COPY has sources, a destination and its flags", () => {
  const copy = only(
    "COPY",
    "COPY --from=b --chown=1:2 --chmod=755 --link --parents=false --exclude=*.o --exclude=x a b/ /c/",
  );
  assert.deepEqual(texts(copy.sources), ["a", "b/"]);
  assert.equal(copy.destination.text, "/c/");
  assert.deepEqual([copy.from?.text, copy.chown?.text, copy.chmod?.text], ["b", "1:2", "755"]);
  assert.deepEqual([copy.link, copy.parents, texts(copy.exclude)], [true, false, ["*.o", "x"]]);
});

test("ADD has the flags of remote sources", () => {
  const add = only(
    "ADD",
    "ADD --checksum=sha256:ab --keep-git-dir --unpack=FALSE --exclude=a https://x/y.tgz /",
  );
  assert.deepEqual(texts(add.sources), ["https://x/y.tgz"]);
  assert.deepEqual([add.checksum?.text, add.keepGitDir, add.unpack], ["sha256:ab", true, false]);
  assert.deepEqual([add.link, add.parents, add.from], [false, false, undefined]);
});

test("ENV, LABEL and ARG keep quotes and escapes of their values", () => {
  const env = only("ENV", String.raw`ENV a=1 b="x y" c=x\ y d='$e' f= g=h=i`);
  assert.deepEqual(
    env.pairs.map(({ key, value }) => [key.text, value?.text]),
    [
      ["a", "1"],
      ["b", '"x y"'],
      ["c", String.raw`x\ y`],
      ["d", "'$e'"],
      ["f", ""],
      ["g", "h=i"],
    ],
  );
  assert.equal(env.legacy, false);
  const label = only("LABEL", 'LABEL "com.x.y"="a b" z=1');
  assert.deepEqual(
    label.pairs.map(({ key, value }) => [key.text, value?.text]),
    [
      ['"com.x.y"', '"a b"'],
      ["z", "1"],
    ],
  );
  const arg = only("ARG", "ARG a b=c d=");
  assert.deepEqual(
    arg.pairs.map(({ key, value }) => [key.text, value?.text]),
    [
      ["a", undefined],
      ["b", "c"],
      ["d", ""],
    ],
  );
});

test("ENV key value takes the rest of the line as it is", () => {
  const env = only("ENV", 'ENV key  the "whole"  rest=1');
  assert.equal(env.legacy, true);
  assert.deepEqual(
    env.pairs.map(({ key, value }) => [key.text, value?.text]),
    [["key", 'the "whole"  rest=1']],
  );
  const label = only("LABEL", "LABEL a b");
  assert.deepEqual([label.legacy, label.pairs[0]?.value?.text], [true, "b"]);
});

test("EXPOSE and VOLUME have words, the ports in their order", () => {
  assert.deepEqual(texts(only("EXPOSE", "EXPOSE 9000 80/tcp $P 443").words), ["$P", "443", "80/tcp", "9000"]);
  assert.deepEqual(texts(only("VOLUME", "VOLUME /b /a").words), ["/b", "/a"]);
  assert.deepEqual(texts(only("VOLUME", 'VOLUME ["/b c", " /a "]').words), ["/b c", "/a"]);
});

test("USER, WORKDIR, STOPSIGNAL and MAINTAINER take the rest of the line as one word", () => {
  assert.equal(only("USER", "USER  a:b ").word.text, "a:b");
  assert.equal(only("WORKDIR", "WORKDIR /a b/c").word.text, "/a b/c");
  assert.equal(only("STOPSIGNAL", "STOPSIGNAL SIGINT").word.text, "SIGINT");
  assert.equal(only("MAINTAINER", "MAINTAINER Me <me@x>").word.text, "Me <me@x>");
});

test("ONBUILD keeps its trigger as text", () => {
  assert.equal(only("ONBUILD", "ONBUILD  copy --chown=1 . /app").trigger, "copy --chown=1 . /app");
  assert.equal(only("ONBUILD", "ONBUILD RUN a \\\n  && b").trigger, "RUN a   && b");
});

test("the text of an instruction is one line as history shows it", () => {
  const source = "  copy --from=x \\\n  a \\\n# comment\n  b ";
  assert.equal(instructions(source)[0]?.text, "copy --from=x   a   b");
});

test("comments above an instruction are its description, back to an empty one", () => {
  const file = parse(
    "# not this\n#\n# the base\n\n# of all\nFROM a\n#\nRUN x\n# lost\n#\nRUN y\n  # kept  \nRUN z",
  );
  assert.equal(file.stages[0]?.from.description, "the base\nof all");
  assert.deepEqual(
    file.stages[0]?.instructions.map(({ description }) => description),
    [undefined, undefined, "# kept"],
  );
});

test("an empty line inside an instruction is a warning", () => {
  const { warnings } = parseDockerfile("FROM a\nRUN b \\\n\n  c \\\n # d\n\n  e\n", { file: "f" });
  assert.deepEqual(
    warnings.map(({ code, range }) => [code, range.start.line]),
    [["NoEmptyContinuation", 3]],
  );
});

test("an unknown instruction is an error with the one that was likely meant", () => {
  assert.equal(
    errorOf(() => parse("FROM a\nCPOY a b")),
    "2:1-2:5 unknown instruction: CPOY | did you mean COPY?",
  );
  assert.equal(
    errorOf(() => parse("FROM a\n  frobnicate a b")),
    "2:3-2:13 unknown instruction: frobnicate | the instructions are: ADD, ARG, CMD, COPY, ENTRYPOINT, ENV, EXPOSE, FROM, HEALTHCHECK, LABEL, MAINTAINER, ONBUILD, RUN, SHELL, STOPSIGNAL, USER, VOLUME, WORKDIR",
  );
});

test("instructions without their arguments are errors", () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      "ADD a",
      "ADD requires at least two arguments, but only one was provided. Destination could not be determined",
    ],
    ["COPY", "COPY requires at least two arguments"],
    ["ARG", "ARG requires at least one argument"],
    ["ENV", "ENV requires at least one argument"],
    ["ENV a", "ENV must have two arguments"],
    ["ENV a=b c", 'Syntax error - can\'t find = in "c". Must be of the form: name=value'],
    ["ENV =b", "ENV names can not be blank"],
    ["LABEL", "LABEL requires at least one argument"],
    ["EXPOSE", "EXPOSE requires at least one argument"],
    ["VOLUME", "VOLUME requires at least one argument"],
    ['VOLUME [""]', "VOLUME specified can not be an empty string"],
    ["USER", "USER requires exactly one argument"],
    ["WORKDIR", "WORKDIR requires exactly one argument"],
    ["STOPSIGNAL", "STOPSIGNAL requires exactly one argument"],
    ["MAINTAINER", "MAINTAINER requires exactly one argument"],
    ["SHELL", "SHELL requires at least one argument"],
    ["SHELL []", "SHELL requires at least one argument"],
    ["SHELL sh -c", "SHELL requires the arguments to be in JSON form"],
    ["ONBUILD", "ONBUILD requires at least one argument"],
    ["ONBUILD ONBUILD RUN a", "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
    ["ONBUILD FROM a", "FROM isn't allowed as an ONBUILD trigger"],
    ["ONBUILD maintainer a", "MAINTAINER isn't allowed as an ONBUILD trigger"],
    ["HEALTHCHECK", "HEALTHCHECK requires at least one argument"],
  ];
  for (const [text, message] of cases)
    assert.equal(
      errorOf(() => parse(`FROM a\n${text}`))
        .split(" | ")[0]
        ?.replace(/^\S+ /, ""),
      message,
      text,
    );
});
