// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Dockerfiles have this syntax too
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_PATH, historyOf, plan, runEnv, vertices } from "./fixtures.ts";

test("a stage sees a global ARG only when it declares it", async () => {
  const source = "ARG A=1\nARG B=$A-2\nFROM x\nARG A\nRUN y";
  assert.deepEqual(runEnv(await plan(source)), ["A=1"]);
  assert.deepEqual(runEnv(await plan(source.replace("ARG A\n", "ARG B\n"))), ["B=1-2"]);
  assert.deepEqual(runEnv(await plan(source.replace("ARG A\n", "ARG A=own\n"))), ["A=own"]);
});

test("a build argument wins over defaults, global and own", async () => {
  const source = "ARG A=1\nARG B=$A\nFROM x\nARG A=2 B C=$A\nRUN y";
  assert.deepEqual(runEnv(await plan(source, { buildArgs: { A: "given", unused: "z" } })), [
    "A=given",
    "B=given",
    "C=given",
  ]);
  assert.deepEqual(runEnv(await plan("FROM x\nRUN y", { buildArgs: { A: "z" } })), []);
});

test("platform arguments are global and want an ARG in the stage", async () => {
  const names = ["BUILD", "TARGET"].flatMap((side) =>
    ["PLATFORM", "OS", "ARCH", "VARIANT", "OSVERSION"].map((name) => side + name),
  );
  const source = `FROM x AS Stage\nARG ${names.join(" ")} TARGETSTAGE\nRUN y`;
  const targetPlatform = { os: "linux", architecture: "arm", variant: "v7" };
  assert.deepEqual(runEnv(await plan(source, { targetPlatform })), [
    "BUILDPLATFORM=linux/amd64",
    "BUILDOS=linux",
    "BUILDARCH=amd64",
    "BUILDVARIANT=",
    "BUILDOSVERSION=",
    "TARGETPLATFORM=linux/arm/v7",
    "TARGETOS=linux",
    "TARGETARCH=arm",
    "TARGETVARIANT=v7",
    "TARGETOSVERSION=",
    "TARGETSTAGE=stage",
  ]);
  assert.deepEqual(runEnv(await plan("FROM x\nRUN $TARGETARCH")), []);
  assert.deepEqual(runEnv(await plan("FROM x\nARG TARGETSTAGE TARGETARCH=z\nRUN y")), [
    "TARGETSTAGE=default",
    "TARGETARCH=z",
  ]);
  const given = await plan("FROM x\nARG TARGETARCH\nRUN y", { buildArgs: { TARGETARCH: "mine" } });
  assert.deepEqual(runEnv(given), ["TARGETARCH=mine"]);
});

test("ARG and ENV live on in stages built from this one, not beside it", async () => {
  const source = "FROM x AS a\nARG A=1\nENV E=2\nFROM x AS b\nRUN b\nFROM a\nRUN c";
  assert.deepEqual(runEnv(await plan(source)), ["A=1", "E=2"]);
  assert.deepEqual(runEnv(await plan(source, { target: "b" })), []);
});

test("the last of ARG and ENV wins, also over the base image", async () => {
  assert.deepEqual(runEnv(await plan("FROM x\nENV A=1\nARG A=2\nRUN y")), ["A=2"]);
  assert.deepEqual(runEnv(await plan("FROM x\nARG A=2\nENV A=1\nRUN y")), ["A=1"]);
  const base = { Env: ["A=base", "B=base"] };
  assert.deepEqual(runEnv(await plan("FROM x\nARG A=2\nARG B\nRUN y", { base })), ["B=base", "A=2"]);
});

test("a process gets its variables in the order in which they were last set, the image in that of the first", async () => {
  const base = { Env: ["A=1", "PATH=/bin", "B=2"] };
  const planned = await plan("FROM x\nARG C=3 A=4\nENV D=5 B=6\nENV C=7 D=8\nRUN y", { base });
  assert.deepEqual(vertices(planned, "exec")[0]?.op.env, ["PATH=/bin", "A=4", "B=6", "C=7", "D=8"]);
  assert.deepEqual(planned.image.config.Env, ["A=1", "PATH=/bin", "B=6", "D=8", "C=7"]);
});

test("all values of one ENV see the variables as they were before it", async () => {
  const { image } = await plan("FROM x\nENV a=1\nENV a=2 b=$a $a=c\nENV d=$b$a$c");
  assert.deepEqual(image.config.Env, [DEFAULT_PATH, "a=2", "b=1", "1=c", "d=12"]);
});

test("ENV replaces in place, ARG never reaches the image", async () => {
  const base = { Env: ["PATH=/bin", "A=1", "B=2"] };
  const { image } = await plan("FROM x\nARG C=3\nENV A=9 D=$C\nARG B=4", { base });
  assert.deepEqual(image.config.Env, ["PATH=/bin", "A=9", "B=2", "D=3"]);
});

test("values are unquoted, the legacy form keeps its spaces", async () => {
  const { image } = await plan('FROM x\nENV a="x y" b=\'$a\' c=\\$a d=e\\ f\nENV g  h  "i"');
  assert.deepEqual(image.config.Env?.slice(1), ["a=x y", "b=$a", "c=$a", "d=e f", "g=h  i"]);
});

test("ARG names with a default are expanded one after the other", async () => {
  const planned = await plan("FROM x\nARG a=1 b=$a c=${d:-$b} e\nRUN y");
  assert.deepEqual(runEnv(planned), ["a=1", "b=1", "c=1"]);
  assert.deepEqual(historyOf(planned), [
    "(ARG a=1 b=1 c=1 e)",
    "RUN |4 a=1 b=1 c=1 e= /bin/sh -c y # buildkit",
  ]);
});

test("history shows a repeated ARG once and with its last value", async () => {
  const planned = await plan("FROM x\nARG a=1\nARG b=2\nARG a=3\nENV b=4\nRUN y");
  assert.equal(historyOf(planned).at(-1), "RUN |2 a=3 b=4 /bin/sh -c y # buildkit");
});

test("arguments for the builder alone are in no process", async () => {
  const planned = await plan("FROM x\nARG BUILDKIT_SBOM_SCAN_STAGE=true\nRUN y");
  assert.deepEqual(runEnv(planned), []);
});

test("proxy variables reach the step and neither history nor environment", async () => {
  const proxyEnv = ["HTTP_PROXY=http://p"];
  const planned = await plan("FROM x\nRUN y", { proxyEnv });
  assert.deepEqual(vertices(planned, "exec")[0]?.op.proxyEnv, proxyEnv);
  assert.deepEqual([runEnv(planned), historyOf(planned)], [[], ["RUN /bin/sh -c y # buildkit"]]);
});

test("step names show known variables and leave the others", async () => {
  const { graph } = await plan("FROM x\nENV a=1\nRUN \"$a\" '$a' $b ${c:-d} it's");
  assert.equal(graph.vertices.at(-1)?.name, "[2/2] RUN \"$a\" '$a' $b ${c:-d} it's");
  const second = await plan("FROM x\nENV a=1\nrun \"$a\" '$a' $b ${b}");
  assert.equal(second.graph.vertices.at(-1)?.name, "[2/2] RUN \"1\" '$a' $b ${b}");
});
