import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, historyOf, plan, vertices } from "./fixtures.ts";

async function argsOf(text: string): Promise<readonly string[] | undefined> {
  return vertices(await plan(`FROM x\n${text}`), "exec").at(-1)?.op.args;
}

test("RUN is a process on the stage's files", async () => {
  const planned = await plan("FROM x\nUSER 1:2\nWORKDIR /w\nRUN --network=none a $b", { noCache: true });
  const [run] = vertices(planned, "exec");
  assert.deepEqual([run?.op.args, run?.op.cwd, run?.op.user], [["/bin/sh", "-c", "a $b"], "/w", "1:2"]);
  assert.deepEqual([run?.op.network, run?.ignoreCache, run?.origin?.start.line], ["none", true, 4]);
  assert.equal(planned.graph.results[0], run?.digest);
  assert.deepEqual(historyOf(planned).at(-1), "RUN /bin/sh -c a $b # buildkit");
});

test("files can be put into an image of any platform, programs run where there is somebody to run them", async () => {
  const arm = { targetPlatform: { os: "linux", architecture: "arm64" } };
  const planned = await plan(
    "FROM --platform=$BUILDPLATFORM x AS b\nRUN a\nFROM scratch\nCOPY --from=b /a /",
    arm,
  );
  assert.equal(planned.image.platform.architecture, "arm64");
  assert.equal(vertices(planned, "exec").length, 1);
  const emulated = { ...arm, runnable: ["amd64", "arm64"] };
  assert.equal(
    vertices(await plan("FROM --platform=arm64 scratch\nCOPY a /\nRUN a", emulated), "exec").length,
    1,
  );
  const refused = await failure("FROM --platform=arm64 scratch\nCOPY a /\nRUN a", arm);
  assert.match(refused, /^3:1 user-unsupported programs of linux\/arm64 do not run on linux\/amd64/);
});

test("the exec form runs without a shell and without expansion", async () => {
  assert.deepEqual(await argsOf('ENV b=1\nRUN ["a", "$b c"]'), ["a", "$b c"]);
  assert.equal(historyOf(await plan('FROM x\nRUN ["a", "b c"]')).at(-1), "RUN a b c # buildkit");
});

test("a heredoc alone is the script", async () => {
  assert.deepEqual(await argsOf("RUN <<EOF\na $b\n\tc\nEOF"), ["/bin/sh", "-c", "a $b\n\tc\n"]);
  assert.deepEqual(await argsOf("RUN <<-'EOF'\n\ta\n\tEOF"), ["/bin/sh", "-c", "a\n"]);
  assert.deepEqual(await argsOf('SHELL ["sh"]\nRUN <<EOF\nEOF'), ["sh", ""]);
  const [script] = vertices(await plan("FROM x\nRUN <<EOF\n#!/bin/python\nx\nEOF"), "exec");
  assert.deepEqual(script?.op.args, ["/bin/sh", "-c", "/dev/pipes/EOF"]);
  assert.deepEqual(script?.op.mounts, [
    { type: "script", target: "/dev/pipes/EOF", content: "#!/bin/python\nx\n" },
  ]);
});

test("other heredocs are put together again for the shell, as they were written", async () => {
  assert.deepEqual(await argsOf("RUN cat <<A > b <<-'C'\n1\nA\n\t2\n\tC\n"), [
    "/bin/sh",
    "-c",
    "cat <<A > b <<-'C'\n1\nA\n\t2\nC",
  ]);
});

test("networks are default, host and none", async () => {
  const networkOf = async (flag: string) =>
    vertices(await plan(`FROM x\nRUN ${flag} a`), "exec")[0]?.op.network;
  assert.deepEqual(
    [await networkOf(""), await networkOf("--network=default"), await networkOf("--network=host")],
    ["host", "host", "host"],
  );
  assert.equal(
    await failure("FROM x\nRUN --network=x a"),
    '2:15 user-dockerfile-syntax invalid network mode "x" | it takes default, none, host',
  );
});

test("devices are refused, an insecure step has to be allowed", async () => {
  assert.match(
    await failure("FROM x\nRUN --device=a b"),
    /^2:1 user-unsupported RUN --device is not supported/,
  );
  assert.match(
    await failure("FROM x\nRUN --security=insecure a"),
    /^2:1 user-dockerfile-semantics RUN --security=insecure is not allowed \| .*--allow security.insecure/,
  );
  assert.equal(await failure("FROM x\nRUN --security=sandbox a"), "no error");
});
