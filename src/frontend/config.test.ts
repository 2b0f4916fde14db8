// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Dockerfiles have this syntax too
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RuntimeConfig } from "../oci/index.ts";
import { DEFAULT_PATH, failure, historyOf, plan, vertices } from "./fixtures.ts";

async function configOf(text: string, base?: RuntimeConfig): Promise<RuntimeConfig> {
  return (await plan(`FROM x\n${text}`, base ? { base } : {})).image.config;
}

async function history(text: string, base?: RuntimeConfig): Promise<readonly string[]> {
  return historyOf(await plan(`FROM x\n${text}`, base ? { base } : {}));
}

test("PATH is always set, the rest of a base's config stays", async () => {
  assert.deepEqual((await configOf("")).Env, [DEFAULT_PATH]);
  const base = { Env: ["A=b"], User: "u", Labels: { l: "m" }, Cmd: ["c"], StopSignal: "9" };
  assert.deepEqual(await configOf("", base), { ...base, Env: ["A=b", DEFAULT_PATH], OnBuild: [] });
  assert.deepEqual((await configOf("", { Env: ["PATH="] })).Env, ["PATH="]);
});

test("the base's history comes first and gets no new entry for FROM", async () => {
  const { image } = await plan("FROM x\nUSER a");
  assert.deepEqual(image.history, [
    { created: "2020-01-01T00:00:00Z", created_by: "base" },
    { created_by: "USER a", comment: "buildkit.dockerfile.v0", empty_layer: true },
  ]);
});

test("CMD and ENTRYPOINT have the exec form or the shell's", async () => {
  const { Cmd, Entrypoint, ArgsEscaped } = await configOf('ENTRYPOINT ["/e", "$x"]\nCMD run  "$x"');
  assert.deepEqual([Entrypoint, Cmd, ArgsEscaped], [["/e", "$x"], ["/bin/sh", "-c", 'run  "$x"'], true]);
  assert.deepEqual(
    await history('SHELL ["bash", "-ec"]\nCMD a "b"\nENTRYPOINT ["c d", "\\u00e9\\n\\u0001"]'),
    ["(SHELL [bash -ec])", '(CMD ["bash" "-ec" "a \\"b\\""])', '(ENTRYPOINT ["c d" "é\\n\\x01"])'],
  );
  assert.deepEqual((await configOf("CMD a\nCMD b")).Cmd, ["/bin/sh", "-c", "b"]);
});

test("ENTRYPOINT drops the CMD of the base, not that of this stage", async () => {
  const base = { Cmd: ["base"] };
  assert.deepEqual((await configOf("ENTRYPOINT e", base)).Cmd, []);
  assert.deepEqual((await configOf('CMD ["own"]\nENTRYPOINT e', base)).Cmd, ["own"]);
  assert.deepEqual((await configOf('ENTRYPOINT e\nCMD ["own"]', base)).Cmd, ["own"]);
  assert.deepEqual((await configOf("USER a", base)).Cmd, ["base"]);
  assert.deepEqual((await plan('FROM x AS a\nCMD ["c"]\nFROM a\nENTRYPOINT ["e"]')).image.config.Cmd, []);
});

test("SHELL is that of the instructions behind it, also of a base", async () => {
  const planned = await plan('FROM x\nRUN 1\nSHELL ["a"]\nRUN 2\nRUN ["3"]', {
    base: { Shell: ["z", "-c"] },
  });
  assert.deepEqual(
    vertices(planned, "exec").map(({ op }) => op.args),
    [["z", "-c", "1"], ["a", "2"], ["3"]],
  );
  assert.deepEqual(planned.image.config.Shell, ["a"]);
});

test("EXPOSE takes ports, ranges, protocols and variables", async () => {
  const text = "ENV P=80 Q='1 2'\nEXPOSE 9000/UDP $P 7-8/sctp $Q\nEXPOSE 127.0.0.1:1:5 [::1]:2-3:6 80";
  assert.deepEqual(
    Object.keys((await configOf(text, { ExposedPorts: { "3/tcp": {} } })).ExposedPorts ?? {}),
    ["3/tcp", "80/tcp", "1/tcp", "2/tcp", "7/sctp", "8/sctp", "9000/udp", "5/tcp", "6/tcp"],
  );
  assert.deepEqual((await history("EXPOSE 9 80/udp 7-8")).at(-1), "(EXPOSE [7/tcp 8/tcp 80/udp 9/tcp])");
});

test("malformed ports are errors", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["x", "invalid containerPort: x"],
    ["65536", "invalid containerPort: 65536"],
    ["9-8", "invalid containerPort: 9-8"],
    ["80/http", "invalid proto: http"],
    ["/tcp", "no port specified: /tcp<empty>"],
    ["a:80", "invalid hostPort: a"],
    ["1-3:5-6", "invalid ranges specified for container and host Ports: 5-6 and 1-3"],
    ["1.2.3:1:80", "invalid IP address: 1.2.3"],
  ];
  for (const [port, message] of cases)
    assert.equal(
      await failure(`FROM x\n\nEXPOSE ${port}`),
      `3:1 user-dockerfile-semantics ${message} | write EXPOSE 8080, 8080/udp or 8000-8010/tcp`,
    );
});

test("VOLUME, LABEL, USER, STOPSIGNAL and MAINTAINER expand variables", async () => {
  const planned = await plan(
    'FROM x\nENV v=V\nVOLUME /$v "/b"\nVOLUME ["/c d"]\nLABEL a=$v "b c"=\'$v\' a.$v=1\nUSER $v:0\nSTOPSIGNAL SIG${s:-INT}\nMAINTAINER $v <m@x>',
    { base: { Volumes: { "/base": {} }, Labels: { a: "old", z: "y" } } },
  );
  const { Volumes, Labels, User, StopSignal } = planned.image.config;
  assert.deepEqual(Object.keys(Volumes ?? {}), ["/base", "/V", "/b", "/c d"]);
  assert.deepEqual(Labels, { a: "V", z: "y", "b c": "$v", "a.V": "1" });
  assert.deepEqual([User, StopSignal, planned.image.author], ["V:0", "SIGINT", "$v <m@x>"]);
  assert.deepEqual(historyOf(planned), [
    "(ENV v=V)",
    "(VOLUME [/V /b])",
    "(VOLUME [/c d])",
    "(LABEL a=V b c=$v a.V=1)",
    "(USER V:0)",
    "(STOPSIGNAL SIGINT)",
    "(MAINTAINER $v <m@x>)",
  ]);
});

test("VOLUME makes no directory, and what is written there afterwards stays", async () => {
  const { graph, image } = await plan("FROM x\nVOLUME /v\nCOPY a /v/");
  assert.deepEqual(graph.vertices.map(({ op }) => op.type).sort(), ["file", "source", "source"]);
  assert.deepEqual(image.config.Volumes, { "/v": {} });
});

test("labels of the request win over those of the Dockerfile", async () => {
  const { image } = await plan("FROM x\nLABEL a=1 b=2", { labels: { b: "3", c: "4" } });
  assert.deepEqual(image.config.Labels, { a: "1", b: "3", c: "4" });
});

test("STOPSIGNAL takes the names of Linux and any number but zero", async () => {
  for (const signal of [
    "9",
    "64",
    "65",
    "-1",
    "+9",
    "010",
    "TERM",
    "sigkill",
    "SIGCLD",
    "SIGRTMIN+3",
    "RTMAX-1",
  ])
    assert.equal((await configOf(`STOPSIGNAL ${signal}`)).StopSignal, signal);
  for (const signal of ["0", "x", "SI", "1x", "RTMIN+16"])
    assert.match(
      await failure(`FROM x\nSTOPSIGNAL ${signal}`),
      /^2:1 user-dockerfile-semantics invalid signal: .* \| write a name such as SIGTERM/,
      signal,
    );
  assert.match(await failure("FROM x\nSTOPSIGNAL SIGTREM"), /did you mean SIGTERM\?$/);
});

test("WORKDIR is relative to the one before and made by its user", async () => {
  const planned = await plan("FROM x\nENV d=sub\nWORKDIR a\nUSER u\nWORKDIR $d/../c\nWORKDIR /\nRUN y", {
    base: { WorkingDir: "base" },
  });
  assert.deepEqual(
    vertices(planned, "file").map(({ op }) => op.actions),
    [
      [{ action: "mkdir", path: "/base/a", mode: 0o755 }],
      [{ action: "mkdir", path: "/base/a/c", mode: 0o755, owner: "u" }],
    ],
  );
  assert.deepEqual(historyOf(planned).slice(1, -1), [
    "WORKDIR /base/a",
    "(USER u)",
    "WORKDIR /base/a/c",
    "(WORKDIR /)",
  ]);
  const [run] = vertices(planned, "exec");
  assert.deepEqual([run?.op.cwd, run?.op.user, planned.image.config.WorkingDir], ["/", "u", "/"]);
});

test("HEALTHCHECK is stored with nanoseconds, NONE switches it off", async () => {
  const text =
    "HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=1h --start-interval=1.5s --retries=3 CMD a  b";
  assert.deepEqual((await configOf(text)).Healthcheck, {
    Test: ["CMD-SHELL", "a  b"],
    Interval: 9e10,
    Timeout: 5e8,
    StartPeriod: 3.6e12,
    StartInterval: 1.5e9,
    Retries: 3,
  });
  assert.deepEqual(await history(text), [
    "(HEALTHCHECK {Test:[CMD-SHELL a  b] Interval:1m30s Timeout:500ms StartPeriod:1h0m0s StartInterval:1.5s Retries:3})",
  ]);
  assert.deepEqual((await configOf('HEALTHCHECK --retries=0 CMD ["a"]')).Healthcheck, { Test: ["CMD", "a"] });
  assert.deepEqual(await history("HEALTHCHECK NONE"), [
    "(HEALTHCHECK {Test:[NONE] Interval:0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0})",
  ]);
});

test("every entry of the history knows the line and the stage that wrote it", async () => {
  const { image, origins } = await plan(
    "FROM base AS Build\nRUN make\nFROM scratch\nCOPY --from=build /a \\\n  /b\nENV A=1\n",
  );
  const lines = origins.map(
    (origin) =>
      origin && [origin.keyword, origin.stage, origin.from, origin.range.start.line, origin.range.end.line],
  );
  assert.deepEqual(lines, [
    ["COPY", "1", "build", 4, 5],
    ["ENV", "1", undefined, 6, 6],
  ]);
  assert.equal(image.history.length, origins.length);
  const above = await plan("FROM base AS build\nRUN make\nFROM build\nRUN test\n");
  assert.deepEqual(
    above.origins.map((origin) => [
      origin?.keyword,
      origin?.stage,
      origin?.range.start.line,
      origin?.base?.identifier,
    ]),
    [
      ["FROM", "build", 1, "docker-image://docker.io/library/base:latest"],
      ["RUN", "build", 2, undefined],
      ["RUN", "1", 4, undefined],
    ],
  );
});
