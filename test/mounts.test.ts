import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { BuildEvent } from "../src/api/index.ts";
import { BASE, buildImage, configOf, filesOf, folder, has, rootTest, stepsThat } from "./harness.ts";

async function build(
  dockerfile: string,
  {
    files = {},
    onEvent,
    ...request
  }: {
    readonly files?: Readonly<Record<string, string>>;
    readonly onEvent?: (event: BuildEvent) => void;
  } & Partial<Parameters<typeof buildImage>[0]> = {},
): ReturnType<typeof buildImage> {
  using context = folder({ ...files, Dockerfile: dockerfile });
  return await buildImage({ context: context.path, ...request }, { onEvent });
}

const unique = () => `${Date.now()}-${Math.random()}`;

test("bind mounts show the context, a stage and an image, and keep nothing that is written", async () => {
  const { log, result } = await build(
    `FROM ${BASE} AS made
RUN mkdir /out && echo made > /out/file && ln -s out/file /link
FROM ${BASE}
RUN --mount=target=/ctx cat /ctx/dir/a && ! touch /ctx/x
RUN --mount=type=bind,source=dir,target=rel,rw echo $PWD && cat rel/a && echo new > rel/b
RUN --mount=from=made,source=/link,target=/m/one cat /m/one
RUN --mount=from=made,target=/all,rw rm -r /all/usr/share/doc && ls /all/out
RUN test ! -e /ctx && test ! -e /rel && test ! -e /m && test ! -e /all`,
    { files: { "dir/a": "from context\n" }, noCache: true },
  );
  assert.equal(log.match(/from context/g)?.length, 2);
  assert.match(log, /made\n/);
  assert.match(log, /file\n/);
  const paths = (await filesOf(result.imageId ?? "")).map(({ path }) => path);
  assert.deepEqual(
    paths.filter((path) => /^(ctx|rel|m|all)(\/|$)/.test(path)),
    [],
  );
});

test("a step with bind mounts is a hit until what it sees changes", async () => {
  const mark = unique();
  const dockerfile = `FROM ${BASE}\nRUN --mount=source=seen,target=/seen cat /seen && echo ${mark}`;
  const run = async (seen: string) =>
    stepsThat(await build(dockerfile, { files: { seen, other: unique() } }), "cached").some((name) =>
      name.includes("RUN"),
    );
  assert.deepEqual(
    [await run("1"), await run("1"), await run("2"), await run("1")],
    [false, true, false, true],
  );
});

test("cache mounts outlive builds, are told apart by id and beginning, and locked ones take turns", async () => {
  const id = unique();
  const mount = `--mount=type=cache,id=${id},target=/cache`;
  const first = await build(
    `FROM ${BASE}\nRUN ${mount},mode=0777,uid=7 stat -c '%a %u' /cache && echo kept > /cache/f`,
  );
  assert.match(first.log, /^777 7$/m);
  const second = await build(
    `FROM ${BASE}\nRUN ${mount},mode=0777,uid=7 cat /cache/f\nRUN ${mount} ls -A /cache\nRUN --mount=type=cache,id=${id}x,target=/cache ls -A /cache`,
  );
  assert.equal(second.log, "kept\n");
  const locked = `--mount=type=cache,id=${id},sharing=locked,target=/cache`;
  const step = `RUN ${locked} test ! -e /cache/busy && touch /cache/busy && sleep 0.2 && rm /cache/busy`;
  await build(
    `FROM ${BASE} AS a\n${step}; touch /a\nFROM ${BASE} AS b\n${step}; touch /b\nFROM scratch\nCOPY --from=a /a /\nCOPY --from=b /b /`,
    { noCache: true },
  );
  const filled = await build(
    `FROM ${BASE} AS src\nRUN mkdir /d && echo x > /d/x\nFROM ${BASE}\nRUN --mount=type=cache,id=${id}y,from=src,source=/d,target=/cache cat /cache/x`,
    { noCache: true },
  );
  assert.equal(filled.log, "x\n");
});

test("builds that go on at once share a cache mount as its sharing says", async () => {
  const id = unique();
  const step = (sharing: string, command: string) =>
    build(
      `FROM ${BASE}\nRUN --mount=type=cache,id=${id}${sharing},sharing=${sharing},target=/cache ${command}`,
      {
        noCache: true,
      },
    );
  const alone = "test ! -e /cache/busy && touch /cache/busy && sleep 0.3 && rm /cache/busy";
  await Promise.all([step("locked", alone), step("locked", `${alone} # again`)]);
  const met = (own: string, other: string) =>
    `touch /cache/${own}; for i in $(seq 100); do test -e /cache/${other} && break; sleep 0.1; done; test -e /cache/${other}`;
  await Promise.all([step("shared", met("a", "b")), step("shared", met("b", "a"))]);
  const apart = (own: string) => `touch /cache/${own}; sleep 0.5; ls /cache | wc -l`;
  const both = await Promise.all([step("private", apart("a")), step("private", apart("b"))]);
  assert.deepEqual(
    both.map(({ log }) => log),
    ["1\n", "1\n"],
  );
});

test("a step that builds at once have in common runs once, and again where it failed", async () => {
  // Each run of the step asks for its exit code; the first one gets it when the other build waits for it.
  const both = async (first: number) => {
    let runs = 0;
    const waiting = new EventEmitter();
    const waits = once(waiting, "waits");
    const server = createServer(async (client) => {
      const code = runs++ === 0 ? first : 0;
      await waits;
      client.end(`${code}\n`);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ask = `perl -MIO::Socket::INET -e 'exit(IO::Socket::INET->new("${address}")->getline)'`;
    const onEvent = (event: BuildEvent) => {
      if (event.type === "step-log" && event.data.startsWith("another build")) waiting.emit("waits");
    };
    const step = `FROM ${BASE}\nRUN ${ask} # ${unique()}`;
    const builds = await Promise.allSettled(
      [step, `${step}\nRUN true`].map((one) => build(one, { onEvent })),
    );
    server.close();
    return { runs, outcomes: builds.map(({ status }) => status).sort() };
  };
  assert.deepEqual(await both(0), { runs: 1, outcomes: ["fulfilled", "fulfilled"] });
  assert.deepEqual(await both(1), { runs: 2, outcomes: ["fulfilled", "rejected"] });
});

test("tmpfs mounts are empty, limited and gone", async () => {
  const { log } = await build(
    `FROM ${BASE}\nRUN --mount=type=tmpfs,target=/t,size=1m df --output=size /t | tail -1 && echo x > /t/x\nRUN ls -A / | grep -cx t || true`,
    { noCache: true },
  );
  assert.match(log, /^ *1024\n0\n$/);
});

test("a secret is a file or a variable, and nowhere in image, history, key or log", async () => {
  const secret = `s3cr3t-${unique()}`;
  const dockerfile = `FROM ${BASE}
RUN --mount=type=secret,id=tok cat /run/secrets/tok && stat -c '%a %u:%g' /run/secrets/tok
RUN --mount=type=secret,id=tok,env=TOKEN,target=/s,mode=0444,uid=5 test "$TOKEN" = "$(cat /s)" && stat -c '%a %u' /s
RUN --mount=type=secret,id=none test ! -e /run/secrets/none
RUN test ! -e /run/secrets && test ! -e /s`;
  const built = await build(dockerfile, {
    noCache: true,
    secrets: { tok: { value: Buffer.from(secret) } },
  });
  assert.match(built.log, /^\*\*\*\*\*400 0:0\n444 5\n$/);
  assert.equal(JSON.stringify(await configOf(built.result.imageId ?? "")).includes(secret), false);
  const again = await build(dockerfile, { secrets: { tok: { value: Buffer.from("another value") } } });
  assert.equal(stepsThat(again, "cached").filter((name) => name.includes("RUN")).length, 4);
  await assert.rejects(build(`FROM ${BASE}\nRUN --mount=type=secret,id=none,required true`), (error: Error) =>
    /secret none: not found/.test(error.message),
  );
});

test("the socket of an SSH agent is passed on", async () => {
  using work = folder({});
  const socket = join(work.path, "agent");
  const server = createServer((client) => client.end("agent here\n"));
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  try {
    const { log } = await build(
      `FROM ${BASE}
RUN --mount=type=ssh test -S "$SSH_AUTH_SOCK" && perl -MIO::Socket::UNIX -e 'print IO::Socket::UNIX->new($ENV{SSH_AUTH_SOCK})->getline'
RUN test -z "$SSH_AUTH_SOCK"`,
      { noCache: true, ssh: { default: [socket] } },
    );
    assert.equal(log, "agent here\n");
  } finally {
    server.close();
  }
});

test("private keys are held by an agent for the time of the build", async () => {
  using work = folder({});
  const key = join(work.path, "key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  const list = String.raw`perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new($ENV{SSH_AUTH_SOCK}); print $s "\0\0\0\1\x0b"; read $s, $b, 9; print join(" ", unpack("x4 C N", $b)), "\n"'`;
  const options = { noCache: true, ssh: { k: [key] } };
  // SSH_AGENT_IDENTITIES_ANSWER with one key.
  assert.equal((await build(`FROM ${BASE}\nRUN --mount=type=ssh,id=k ${list}`, options)).log, "12 1\n");
  execFileSync("ssh-keygen", ["-q", "-p", "-N", "secret", "-f", key]);
  await assert.rejects(build(`FROM ${BASE}`, { ssh: { k: [key] } }), { code: "user-context" });
  await assert.rejects(
    build(`FROM ${BASE}`, { ssh: { k: [work.path] } }),
    /neither the socket of an agent nor a key/,
  );
});

test("a heredoc with a first line that names its program is run by it", async () => {
  const { log } = await build(
    `FROM ${BASE}\nRUN <<EOF\n#!/usr/bin/perl\nprint "perl \${\\($x = 3)}\\n";\nEOF`,
    {
      noCache: true,
    },
  );
  assert.equal(log, "perl 3\n");
});

test("hosts, /dev/shm, limits and a forbidden network are as asked", async () => {
  const { log } = await build(
    `FROM ${BASE}\nRUN grep -w box /etc/hosts && df --output=size /dev/shm | tail -1 && ulimit -n && ls /sys/class/net | wc -l`,
    {
      noCache: true,
      hosts: ["box=10.1.2.3"],
      shmSize: 2 ** 20,
      ulimits: ["nofile=123:456"],
      network: "none",
    },
  );
  assert.match(log, /^10\.1\.2\.3\tbox\n *1024\n123\n1\n$/);
});

test("an insecure step has every capability, if the build allows it", async () => {
  const dockerfile = `FROM ${BASE}\nRUN --security=insecure grep CapEff /proc/self/status && grep Seccomp: /proc/self/status`;
  await assert.rejects(build(dockerfile), { message: /--security=insecure is not allowed/ });
  const { log } = await build(dockerfile, { noCache: true, allow: ["security.insecure"] });
  assert.match(log, /^CapEff:\t[0-9a-f]{6}[1-9a-f][0-9a-f]{9}\nSeccomp:\t0$/m);
});

// Who may open /dev/net/tun differs from machine to machine; root always may.
rootTest(
  "a private network reaches no service of this machine",
  {
    skip: !has("slirp4netns") && "slirp4netns is missing",
  },
  async () => {
    const server = createServer((client) => client.end("host here\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const ask = (host: string) =>
      `perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(PeerAddr => "${host}:${port}", Timeout => 2); print $s ? $s->getline : "nobody\\n"'`;
    try {
      const shared = await build(`FROM ${BASE}\nRUN ${ask("127.0.0.1")}`, { noCache: true });
      assert.equal(shared.log, "host here\n");
      const own = await build(
        `FROM ${BASE}\nRUN ls /sys/class/net && ${ask("127.0.0.1")} && ${ask("10.0.2.2")}`,
        {
          noCache: true,
          network: "private",
        },
      );
      assert.equal(own.log, "lo\ntap0\nnobody\nnobody\n");
    } finally {
      server.close();
    }
  },
);
