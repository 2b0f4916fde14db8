import assert from "node:assert/strict";
import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TareError } from "../src/api/index.ts";
import { freePort } from "./free-port.ts";
import { BASE, buildImage, configOf, filesOf, folder, rootTest, stepsThat } from "./harness.ts";

test("a step sees its layers, leaves its changes, and none of what was mounted for it", async () => {
  using context = folder({
    Dockerfile: `FROM ${BASE}\nRUN echo one > /one && rm /etc/issue.net && chmod 600 /etc/issue && touch /etc/hosts\nRUN test ! -e /etc/issue.net && cat /one\n`,
  });
  const { result, log } = await buildImage({ context: context.path, noCache: true });
  assert.match(log, /^one$/m);
  const paths = new Map((await filesOf(result.imageId as string)).map((entry) => [entry.path, entry]));
  assert.equal(paths.get("one")?.size, 4);
  assert.equal(paths.get("etc/issue")?.mode, 0o600);
  for (const gone of ["etc/issue.net", "etc/resolv.conf", "etc/hostname", "run/tare-ca", "dev/pts"])
    assert.ok(!paths.has(gone), gone);
});

test("an unchanged build runs nothing and gives the same image", async () => {
  using context = folder({
    Dockerfile: `FROM ${BASE}\nRUN date +%s%N > /now\nWORKDIR /app\nCOPY a .\n`,
    a: "a",
  });
  const first = await buildImage({ context: context.path });
  const second = await buildImage({ context: context.path });
  assert.equal(second.result.imageId, first.result.imageId);
  assert.deepEqual(stepsThat(second, "done"), ["exporting to image"]);
});

test("touching a file changes nothing, its content or mode does", async () => {
  using context = folder({ Dockerfile: "FROM scratch\nCOPY a /\n", a: `a ${process.hrtime.bigint()}` });
  const request = { context: context.path };
  await buildImage(request);
  utimesSync(join(context.path, "a"), 1, 1);
  assert.deepEqual(stepsThat(await buildImage(request), "done"), ["exporting to image"]);
  writeFileSync(join(context.path, "a"), `b ${process.hrtime.bigint()}`);
  assert.equal(stepsThat(await buildImage(request), "done").length, 2);
});

test("a stage that is rebuilt to the same files does not rebuild what copies from it", async () => {
  const dockerfile = (comment: string) =>
    `FROM ${BASE} AS build\nRUN echo ${comment} >/dev/null; echo same > /same; touch -d @1 /same\nFROM scratch\nCOPY --from=build /same /\n`;
  using first = folder({ Dockerfile: dockerfile("one") });
  using second = folder({ Dockerfile: dockerfile("two") });
  const a = await buildImage({ context: first.path });
  const b = await buildImage({ context: second.path });
  assert.equal(b.result.imageId, a.result.imageId);
  assert.ok(stepsThat(b, "cached").some((name) => name.includes("COPY --from=build")));
});

test("stages that do not need each other run at the same time", async () => {
  // Each waits for a sign of the other, on the one thing that both see: the host's loopback.
  const sign = (own: number, other: number) =>
    `RUN perl -MIO::Socket::INET -e 'my $l = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1:${own}", ReuseAddr => 1) or die; for (1..100) { if (IO::Socket::INET->new(PeerAddr => "127.0.0.1:${other}")) { sleep 1; exit 0 } select(undef, undef, undef, 0.1) } exit 1'`;
  const [one, two] = [await freePort(), await freePort()];
  using context = folder({
    Dockerfile: `FROM ${BASE} AS a\n${sign(one, two)}\nFROM ${BASE} AS b\n${sign(two, one)}\nFROM scratch\nCOPY --from=a /etc/passwd /a\nCOPY --from=b /etc/passwd /b\n`,
  });
  await buildImage({ context: context.path, noCache: true });
});

test("a stage that nothing needs is not built, which a notice says, and can be asked for", async () => {
  using context = folder({
    Dockerfile: `FROM ${BASE} AS test\nRUN exit 5\nFROM scratch\nCOPY a /\n`,
    a: "a",
  });
  const built = await buildImage({ context: context.path });
  const notice = built.events.find((event) => event.type === "notice" && event.code === "stage-not-built");
  assert.match(notice?.type === "notice" ? notice.message : "", /stage test is not built/);
  await assert.rejects(buildImage({ context: context.path, target: "test" }), { code: "exec-failed" });
});

test("a failing step tells its lines, its place and its exit code", async () => {
  using context = folder({ Dockerfile: `FROM ${BASE}\nRUN echo first; echo last >&2; exit 3\n` });
  await assert.rejects(buildImage({ context: context.path }), (error: unknown) => {
    assert.ok(error instanceof TareError);
    assert.equal(error.code, "exec-failed");
    assert.equal(error.facts.exitCode, 3);
    assert.deepEqual([...(error.facts.log ?? [])].sort(), ["first", "last"]);
    assert.equal(error.facts.location?.range.start.line, 2);
    return true;
  });
});

test("the environment of RUN, the user and the working directory are the image's", async () => {
  using context = folder({
    Dockerfile: `FROM ${BASE}\nARG WHO=nobody\nENV GREETING="hello $WHO"\nRUN useradd -m -G audio,video joe\nUSER joe\nWORKDIR /home/joe/src\nRUN echo "$GREETING|$(id -un)|$(id -Gn)|$PWD|$HOME"; touch mine\nUSER 4321\nRUN id -u; id -g\n`,
  });
  const { log, result } = await buildImage({
    context: context.path,
    buildArgs: { WHO: "world" },
    noCache: true,
  });
  assert.match(log, /^hello world\|joe\|joe audio video\|\/home\/joe\/src\|\/home\/joe$/m);
  assert.match(log, /^4321\n0$/m);
  const entries = await filesOf(result.imageId as string);
  const joe = entries.find(({ path }) => path === "home/joe");
  assert.equal(entries.find(({ path }) => path === "home/joe/src")?.uid, joe?.uid);
  const config = await configOf(result.imageId as string);
  assert.equal(config.config?.User, "4321");
  assert.ok(config.config?.Env?.includes("GREETING=hello world"));
  assert.ok(!config.config?.Env?.some((pair) => pair.startsWith("WHO=")));
});

test("two builds of the same at the same time both succeed and agree", async () => {
  using context = folder({
    Dockerfile: `FROM ${BASE}\nRUN sleep 0.3; touch -d @1 /x\nFROM scratch\nCOPY --from=0 /x /\n`,
  });
  const both = await Promise.all([
    buildImage({ context: context.path, noCache: true }),
    buildImage({ context: context.path, noCache: true }),
  ]);
  assert.deepEqual(...(both.map(({ result }) => result.size) as [number, number]));
});

test("with SOURCE_DATE_EPOCH two builds from scratch give the same digest", async () => {
  using context = folder({ Dockerfile: `FROM ${BASE}\nRUN echo x > /x\nWORKDIR /w\nCOPY a .\n`, a: "a" });
  const request = { context: context.path, noCache: true, sourceDateEpoch: 1_700_000_000 };
  const first = await buildImage(request);
  const second = await buildImage(request);
  assert.equal(second.result.imageId, first.result.imageId);
});

test("network none has only a loopback device", async () => {
  using context = folder({
    Dockerfile: `FROM ${BASE}\nRUN --network=none cat /proc/net/dev | tail -n +3 | cut -d: -f1\n`,
  });
  const { log } = await buildImage({ context: context.path, noCache: true });
  assert.equal(log.trim(), "lo");
});

test("the host's certificates are there in a step and nowhere else", async () => {
  using context = folder({ Dockerfile: `FROM ${BASE}\nRUN echo "[$SSL_CERT_FILE]"; ls /run\n` });
  const off = await buildImage({ context: context.path, noCache: true, hostCa: "off" });
  assert.match(off.log, /^\[\]$/m);
  const { result } = await buildImage({ context: context.path, noCache: true });
  const text = JSON.stringify(await configOf(result.imageId as string));
  assert.ok(!text.includes("tare-ca"));
});

test("what is not done yet is refused, not ignored", async () => {
  using context = folder({ Dockerfile: `FROM ${BASE}\nRUN --device=vendor.com/x=y true\n` });
  await assert.rejects(buildImage({ context: context.path }), { code: "user-unsupported" });
});

test("--no-cache-filter runs a stage again, and what stands on it; a copy from it only when that has changed", async () => {
  const mark = `${Date.now()}-${Math.random()}`;
  const dockerfile = `FROM ${BASE} AS base
RUN echo base ${mark}
FROM base AS child
RUN echo child ${mark} > /same
FROM ${BASE} AS other
RUN echo other ${mark}
COPY --from=child /same /
RUN echo last ${mark}
`;
  using context = folder({ Dockerfile: dockerfile });
  await buildImage({ context: context.path });
  const again = await buildImage({ context: context.path, noCacheStages: ["base"] });
  const ran = stepsThat(again, "done").filter((name) => /RUN|COPY/.test(name));
  assert.deepEqual(
    ran.map((name) => name.replace(mark, "").replace(/ +/g, " ")),
    ["[base 2/2] RUN echo base ", "[child 1/1] RUN echo child > /same"],
  );
});

test("a frontend of somebody else's is refused, and error=true makes checks count", async () => {
  using foreign = folder({ Dockerfile: "# syntax=example/frontend:1\nFROM scratch\n" });
  await assert.rejects(buildImage({ context: foreign.path }), { code: "user-unsupported" });
  using own = folder({
    Dockerfile: "# syntax=docker/dockerfile:1.7\n# check=error=true\nFROM scratch as A\nCOPY x /\n",
    x: "",
  });
  await assert.rejects(buildImage({ context: own.path }), {
    message: /lint violation found for rules: .*FromAsCasing/,
  });
  for (const check of ["error=maybe", "skp=all"]) {
    using wrong = folder({ Dockerfile: `# check=${check}\nFROM scratch\n` });
    await assert.rejects(buildImage({ context: wrong.path }), { code: "user-dockerfile-syntax" }, check);
  }
});

rootTest("a step opens no device of the host through what is mounted for it", async () => {
  const open = (path: string) =>
    `mknod ${path} c 10 200 && (exec 3<>${path}) 2>/dev/null && echo opened ${path}; true`;
  using context = folder({
    Dockerfile: `FROM ${BASE} AS nodes
RUN mkdir /n && mknod /n/tun c 10 200
FROM ${BASE}
RUN --mount=type=cache,id=nodev-${process.pid},target=/c rm -f /c/tun; ${open("/c/tun")}
RUN --mount=type=bind,from=nodes,source=/n,target=/b,rw ${open("/b/x")}
RUN --mount=type=bind,from=nodes,source=/n,target=/b (exec 3<>/b/tun) 2>/dev/null && echo opened; true
RUN --mount=type=tmpfs,target=/t ${open("/t/tun")}
`,
  });
  for (const isolation of ["auto", "chroot"] as const)
    assert.equal((await buildImage({ context: context.path, noCache: true, isolation })).log, "", isolation);
});

test("a step may make device nodes as Docker's may, but opens no device of the host", async () => {
  using context = folder({
    Dockerfile: `FROM ${BASE}
RUN mknod /tun c 10 200 2>/dev/null; test -c /tun && (exec 3<>/tun) 2>/dev/null && echo opened; mknod /dev/tun c 10 200 2>/dev/null; test -c /dev/tun && (exec 3<>/dev/tun) 2>/dev/null && echo opened; echo x > /dev/null && head -c 4 /dev/urandom | wc -c
`,
  });
  for (const isolation of ["auto", "chroot"] as const)
    assert.equal(
      (await buildImage({ context: context.path, noCache: true, isolation })).log,
      "4\n",
      isolation,
    );
});
