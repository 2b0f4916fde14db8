import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExecMount } from "../graph/index.ts";
import { failure, plan, vertices } from "./fixtures.ts";

/** The mounts of a RUN below some lines. */
async function mountsOf(flags: string, before = ""): Promise<readonly ExecMount[]> {
  const planned = await plan(`FROM x AS base\nFROM x\n${before}RUN ${flags} a`);
  return vertices(planned, "exec").at(-1)?.op.mounts ?? [];
}

const OWN = { mode: 0o755, uid: 0, gid: 0 };

test("BUILDKIT_CACHE_MOUNT_NS keeps caches of one id apart", async () => {
  const source = "FROM x\nRUN --mount=type=cache,id=i,target=/t a";
  const idOf = async (buildArgs: Readonly<Record<string, string>>) => {
    const [mount] = vertices(await plan(source, { buildArgs }), "exec")[0]?.op.mounts ?? [];
    return mount?.type === "cache" ? mount.id : undefined;
  };
  assert.equal(await idOf({ BUILDKIT_CACHE_MOUNT_NS: "team" }), "team/i");
  assert.equal(await idOf({ BUILDKIT_CACHE_MOUNT_NS: "" }), "i");
});

test("every type has its defaults", async () => {
  assert.deepEqual(await mountsOf("--mount=target=/a"), [
    { type: "bind", target: "/a", input: 1, source: "/mnt", readonly: true },
  ]);
  assert.deepEqual(await mountsOf("--mount=type=cache,target=/a/../b"), [
    {
      type: "cache",
      target: "/b",
      id: "/b",
      sharing: "shared",
      input: -1,
      source: "/",
      readonly: false,
      made: OWN,
    },
  ]);
  assert.deepEqual(await mountsOf("--mount=type=tmpfs,target=/a"), [
    { type: "tmpfs", target: "/a", readonly: false },
  ]);
  assert.deepEqual(await mountsOf("--mount=type=secret,id=dir/x"), [
    { type: "secret", id: "dir/x", target: "/run/secrets/x", mode: 0o400, uid: 0, gid: 0, required: false },
  ]);
  assert.deepEqual(await mountsOf("--mount=type=ssh"), [
    {
      type: "ssh",
      id: "default",
      target: "/run/buildkit/ssh_agent.0",
      mode: 0o600,
      uid: 0,
      gid: 0,
      required: false,
    },
  ]);
});

test("every option is read, by all of its names, with variables", async () => {
  assert.deepEqual(
    await mountsOf("--mount=type=bind,from=base,src=/s/../t,dst=$d,rw", "ENV d=/e\nWORKDIR /w\n"),
    [{ type: "bind", target: "/e", input: 1, source: "/t", readonly: false }],
  );
  assert.deepEqual(
    await mountsOf(
      "--mount=type=cache,id=i,destination=rel,sharing=LOCKED,mode=4700,uid=1,gid=2,ro",
      "WORKDIR /w\n",
    ),
    [
      {
        type: "cache",
        target: "/w/rel",
        id: "i of 1:2 700",
        sharing: "locked",
        input: -1,
        source: "/",
        readonly: true,
        made: { mode: 0o700, uid: 1, gid: 2 },
      },
    ],
  );
  assert.deepEqual(await mountsOf("--mount=type=tmpfs,target=/a,size=1.5k"), [
    { type: "tmpfs", target: "/a", readonly: false, size: 1536 },
  ]);
  assert.deepEqual(await mountsOf("--mount=type=secret,source=x,env=X,required"), [
    { type: "secret", id: "x", env: "X", mode: 0o400, uid: 0, gid: 0, required: true },
  ]);
  assert.deepEqual(await mountsOf("--mount=type=secret,target=/a/tok"), [
    { type: "secret", id: "tok", target: "/a/tok", mode: 0o400, uid: 0, gid: 0, required: false },
  ]);
});

test("caches of one id that begin differently are different ones", async () => {
  const idOf = async (options: string) => {
    const planned = await plan(
      `FROM x AS tool\nRUN make\nFROM x\nRUN --mount=type=cache,id=i,target=/t${options} a`,
    );
    const [mount] = vertices(planned, "exec").at(-1)?.op.mounts ?? [];
    return mount?.type === "cache" ? [mount.id.replace(/ [0-9a-f]{12} /, " … "), mount.input] : [];
  };
  assert.deepEqual(await idOf(""), ["i", -1]);
  assert.deepEqual(await idOf(",mode=755,uid=0"), ["i", -1]);
  assert.deepEqual(await idOf(",uid=1"), ["i of 1:0 755", -1]);
  assert.deepEqual(await idOf(",from=tool"), ["i from … /", 1]);
  assert.deepEqual(await idOf(",from=tool,source=s,uid=1"), ["i from … /s", 1]);
  // As in the reference: an empty directory of that owner.
  assert.deepEqual(await idOf(",from=tool,uid=1"), ["i of 1:0 755", -1]);
});

test("a stage that only a mount needs is built", async () => {
  const planned = await plan("FROM x AS tool\nRUN make\nFROM x\nRUN --mount=from=tool,target=/t a");
  assert.deepEqual(planned.notices, []);
  assert.equal(vertices(planned, "exec").length, 2);
  assert.equal(vertices(planned, "exec").at(-1)?.inputs.length, 2);
});

test("the agent's place is a variable, unless there is one", async () => {
  const envOf = async (before: string) =>
    vertices(await plan(`FROM x\n${before}RUN --mount=type=ssh,target=/s a`), "exec")[0]?.op.env;
  assert.equal((await envOf(""))?.includes("SSH_AUTH_SOCK=/s"), true);
  assert.equal((await envOf("ENV SSH_AUTH_SOCK=/own\n"))?.includes("SSH_AUTH_SOCK=/s"), false);
});

test("what is wrong is told with what would be right", async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["type=bond,target=/a", /unsupported mount type "bond" \| did you mean bind\?/],
    ["type=cache,taget=/a", /unexpected key 'taget' in '--mount' \| did you mean target\?/],
    ["type=cache", /invalid mount target "/],
    ["type=cache,target=/", /invalid mount target "\/"/],
    ["type=cache,target=/a,sharing=all", /unsupported sharing value "all"/],
    ["type=bind,target=/a,size=1m", /unexpected key 'size' for mount type 'bind'/],
    ["type=bind,target=/a,required", /unexpected key 'required' for mount type 'bind'/],
    ["type=tmpfs,target=/a,source=b", /unexpected key 'source' for mount type 'tmpfs'/],
    ["type=cache,target=/a,source=b", /a cache has no \/b of its own/],
    ["type=tmpfs,target=/a,size=much", /invalid size: "much"/],
    ["type=secret,id=a,mode=9", /invalid value 9 for mode/],
    ["type=secret,id=a,src=b", /both source and id can't be set/],
    ["type=secret", /invalid secret mount. one of source, target required/],
    ["type=cache,target=/a,ro=maybe", /invalid value for ro: maybe/],
    ["from=$x,target=/a", /'from' doesn't support variable expansion/],
    ["from=later,target=/a", /cannot copy from stage "later"/],
  ];
  for (const [options, expected] of cases)
    assert.match(
      await failure(`FROM x\nRUN --mount=${options} a\nFROM x AS later`, { target: "0" }),
      expected,
    );
});
