import assert from "node:assert/strict";
import { test } from "node:test";
import { buildSpec } from "./commands/build-spec.ts";
import { parseFlags } from "./flags.ts";
import { stepRequest } from "./step-flags.ts";

const read = (args: readonly string[], env = {}) => stepRequest(parseFlags(buildSpec, [...args, "."]), env);

test("secrets come from files, variables, or whatever has their name", () => {
  assert.deepEqual(
    read(["--secret", "id=a,src=f", "--secret", "id=b,env=B", "--secret=id=c,type=env"]).secrets,
    {
      a: { file: "f" },
      b: { env: "B" },
      c: { env: "c" },
    },
  );
  assert.deepEqual(read(["--secret", "id=HOME", "--secret", "id=path/x"], { HOME: "/" }).secrets, {
    HOME: { env: "HOME" },
    "path/x": { file: "path/x" },
  });
  for (const wrong of ["a", "src=f", "id=a,what=b"])
    assert.throws(() => read(["--secret", wrong]), { code: "user-bad-flag" }, wrong);
});

test("agents, hosts, limits, sizes and networks", () => {
  assert.deepEqual(read(["--ssh", "default", "--ssh", "x=/s,/t"]).ssh, { default: [], x: ["/s", "/t"] });
  assert.deepEqual(read(["--add-host", "a:1.2.3.4", "--add-host=b=[::1]"]).hosts, ["a=1.2.3.4", "b=::1"]);
  assert.deepEqual(read(["--ulimit", "nofile=1:2", "--ulimit", "core=-1"]).ulimits, [
    "nofile=1:2",
    "core=-1",
  ]);
  assert.equal(read(["--shm-size", "64m"]).shmSize, 64 << 20);
  assert.equal(read(["--network", "default"]).network, "host");
  assert.deepEqual(read(["--no-cache-filter", "a,b", "--no-cache-filter=c"]).noCacheStages, ["a", "b", "c"]);
  assert.deepEqual(read(["--allow", "security.insecure", "--allow", "network.host"]).allow, [
    "security.insecure",
  ]);
  for (const wrong of [
    ["--add-host", "a"],
    ["--add-host", "a:bad"],
    ["--add-host", "a:host-gateway"],
    ["--ulimit", "nofiles=1"],
    ["--shm-size", "much"],
    ["--network", "bridge"],
    ["--allow", "all"],
  ])
    assert.throws(() => read(wrong), { code: "user-bad-flag" }, wrong.join(" "));
});
