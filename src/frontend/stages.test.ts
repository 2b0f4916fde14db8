// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Dockerfiles have this syntax too
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_PATH, failure, plan, vertices } from "./fixtures.ts";

const FOUR = `FROM a AS one
RUN 1
FROM b AS Two
RUN 2
FROM c AS three
COPY --from=one /x /
FROM two
RUN 4
`;

test("the variables of a base stage are those of its image again, whatever an ARG made of them", async () => {
  const planned = await plan("FROM x AS a\nENV V=image\nARG V=argument W=kept\nRUN a\nFROM a\nRUN b");
  const [first, second] = vertices(planned, "exec").map(({ op }) => op.env);
  assert.deepEqual(first, [DEFAULT_PATH, "V=argument", "W=kept"]);
  assert.deepEqual(second, ["W=kept", DEFAULT_PATH, "V=image"]);
});

test("what stages on one base add is their own", async () => {
  const planned = await plan(
    "FROM x AS a\nENV V=1\nLABEL l=1\nFROM a AS b\nENV B=2\nLABEL b=1\nRUN b\nFROM a\nENV C=3\nLABEL l=2\nRUN --mount=from=b,target=/b c",
  );
  assert.deepEqual(
    vertices(planned, "exec").map(({ op }) => op.env.slice(1)),
    [
      ["V=1", "B=2"],
      ["V=1", "C=3"],
    ],
  );
  assert.deepEqual(planned.image.config.Labels, { l: "2" });
});

test("a chain of thousands of stages is planned, not a stack that overflows", async () => {
  const stages = Array.from({ length: 20_000 }, (_, index) => `FROM s${index} AS s${index + 1}\n`);
  const planned = await plan(`FROM x AS s0\n${stages.join("")}RUN a`);
  assert.equal(planned.stages.length, 20_001);
});

test("only the stages that the target needs are looked at", async () => {
  const last = await plan(FOUR);
  assert.deepEqual(last.resolved, ["docker-image://docker.io/library/b:latest linux/amd64"]);
  assert.deepEqual(
    vertices(last, "exec").map(({ op }) => op.args.at(-1)),
    ["2", "4"],
  );
  assert.deepEqual(
    last.notices.map(({ code, message, location }) => [code, message, location?.range.start.line]),
    [
      [
        "stage-not-built",
        "stage one is not built, because nothing in the target needs it; --target one builds it",
        1,
      ],
      [
        "stage-not-built",
        "stage three is not built, because nothing in the target needs it; --target three builds it",
        5,
      ],
    ],
  );
  const third = await plan(FOUR, { target: "three" });
  assert.deepEqual(third.resolved, [
    "docker-image://docker.io/library/c:latest linux/amd64",
    "docker-image://docker.io/library/a:latest linux/amd64",
  ]);
});

test("a target is a name in any case or a number", async () => {
  for (const target of ["two", "TWO", "1"])
    assert.deepEqual(
      vertices(await plan(FOUR, { target }), "exec").map(({ op }) => op.args.at(-1)),
      ["2"],
      target,
    );
  assert.equal(vertices(await plan(FOUR, { target: "" }), "exec").length, 2);
});

test("a target that is no stage is an error", async () => {
  assert.equal(
    await failure(FOUR, { target: "tow" }),
    'undefined:undefined resolve-stage target stage "tow" could not be found | did you mean Two?',
  );
  assert.match(
    await failure(FOUR, { target: "4" }),
    /"4" could not be found \| the stages are: one, Two, three$/,
  );
  assert.match(await failure("FROM a", { target: "x" }), /no stage of this Dockerfile has a name/);
});

test("steps are numbered within their stage, named or not", async () => {
  const { graph } = await plan(FOUR);
  assert.deepEqual(
    graph.vertices.map(({ name }) => name),
    ["[two 1/2] FROM docker.io/library/b:latest", "[two 2/2] RUN 2", "[stage-3 1/1] RUN 4"],
  );
  const alone = await plan(`FROM a\n${"RUN x\n".repeat(10)}`);
  assert.equal(alone.graph.vertices[1]?.name, "[ 2/11] RUN x");
});

test("FROM scratch is empty and asks for no image", async () => {
  const planned = await plan("FROM scratch\nCOPY a /");
  assert.deepEqual(planned.resolved, []);
  assert.equal(planned.image.config.WorkingDir, "/");
  assert.deepEqual(await plan("FROM scratch").then(({ graph }) => graph), { vertices: [], results: [] });
  assert.match(
    await failure("FROM scratch\nRUN x"),
    /^2:1 exec-not-found \/bin\/sh can not run in an empty image/,
  );
});

test("the same work in two stages is done once", async () => {
  const { graph } = await plan("FROM a AS x\nRUN 1\nFROM a AS y\nRUN 1\nFROM x\nCOPY --from=y /b /c");
  assert.equal(graph.vertices.length, 3);
});

test("FROM takes platforms and global arguments", async () => {
  const source =
    "ARG V=13\nARG P\nFROM --platform=$BUILDPLATFORM d:$V AS x\nFROM --platform=linux/arm64 e:${P:-9}\nCOPY --from=x a b";
  const target = { os: "linux", architecture: "arm", variant: "v7" };
  assert.deepEqual((await plan(source, { targetPlatform: target, buildArgs: { V: "12" } })).resolved, [
    "docker-image://docker.io/library/e:9 linux/arm64",
    "docker-image://docker.io/library/d:12 linux/amd64",
  ]);
  assert.deepEqual((await plan("FROM a", { targetPlatform: target })).resolved, [
    "docker-image://docker.io/library/a:latest linux/armv7",
  ]);
});

test("FROM without a name or a platform behind its variable is an error", async () => {
  assert.equal(
    await failure("\nFROM $X"),
    "2:1 user-dockerfile-semantics base name must not be blank: FROM needs an image | $X has no value here; give it a default by ARG before the first FROM",
  );
  assert.equal(
    await failure("FROM --platform=$X a"),
    "1:1 user-dockerfile-semantics empty platform value from expression $X | give $X a default by ARG before the first FROM, or leave --platform out",
  );
  assert.match(
    await failure("FROM --platform=a/b/c/d a"),
    /^1:1 user-bad-reference invalid platform "a\/b\/c\/d"/,
  );
  assert.match(await failure("FROM A/B"), /^1:1 user-bad-reference invalid image reference "A\/B"/);
});

test("scratch is nothing, whatever context has that name", async () => {
  const namedContexts = { scratch: "docker-image://x:1" };
  const planned = await plan("FROM scratch\nCOPY --from=scratch a* /\nCOPY b /", { namedContexts });
  assert.deepEqual(
    vertices(planned, "source").map(({ op }) => op.identifier),
    ["local://context"],
  );
});

test("a named context wins over a stage and an image", async () => {
  const namedContexts = { one: "docker-image://x:1", b: "recipe://debian:13", three: "./folder" };
  const source = "FROM a AS one\nFROM one\nCOPY --from=b x /x\nCOPY --from=Three y /y";
  const planned = await plan(source, { namedContexts });
  assert.deepEqual(
    vertices(planned, "source").map(({ op }) => op.identifier),
    ["docker-image://docker.io/library/x:1", "recipe://debian:13", "local://Three"],
  );
  assert.deepEqual(planned.localContexts, ["Three"]);
  assert.match(
    await failure("FROM git", { namedContexts: { git: "https://x/y.git" } }),
    /^1:1 user-unsupported build context git: https:\/\/ is not supported yet/,
  );
});

test("tare/NAME is the recipe of that name", async () => {
  assert.deepEqual((await plan("FROM tare/debian:13")).resolved, ["recipe://debian:13 linux/amd64"]);
});

test("ONBUILD of a base image runs right behind FROM and is cleared", async () => {
  const source = "FROM a\nRUN own";
  const planned = await plan(source, {
    base: { OnBuild: ["RUN trigger", "ENV x=1", "COPY --from=other a b"] },
  });
  assert.deepEqual(
    planned.graph.vertices.map(({ name }) => name).filter((name) => !name.startsWith("FROM")),
    [
      "[1/2] FROM docker.io/library/a:latest",
      "[2/4] ONBUILD RUN trigger",
      "[3/4] ONBUILD COPY --from=other a b",
      "[4/4] RUN own",
    ],
  );
  assert.deepEqual(planned.image.config.OnBuild, []);
  assert.deepEqual(
    vertices(planned, "exec").map(({ origin }) => origin?.start.line),
    [1, 2],
  );
  assert.match(
    await failure("\nFROM a", { base: { OnBuild: ["COPY --chmod=9 a b"] } }),
    /^2:1 user-dockerfile-semantics/,
  );
  assert.deepEqual(planned.resolved.length, 2);
});

test("ONBUILD of a stage runs in the stages that are built from it", async () => {
  const planned = await plan("FROM a AS x\nONBUILD RUN <<EOF\nt\nEOF\nRUN own\nFROM x");
  assert.deepEqual(
    vertices(planned, "exec").map(({ op }) => op.args.at(-1)),
    ["own", "t\n"],
  );
  const kept = await plan("FROM a\nONBUILD RUN t\nONBUILD COPY . .", { base: { OnBuild: ["ENV a=b"] } });
  assert.deepEqual(kept.image.config.OnBuild, ["RUN t", "COPY . ."]);
});

test("triggers are read with the default escape character", async () => {
  const planned = await plan("# escape=`\nFROM a", { base: { OnBuild: ["RUN a \\\n b"] } });
  assert.equal(vertices(planned, "exec")[0]?.op.args.at(-1), "a  b");
});
