import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildImage, folder, has, rootTest, TARE } from "./harness.ts";

const CONTEXT = {
  busybox: (path: string) => void execFileSync("sh", ["-c", 'cp "$(command -v busybox)" "$0"', path]),
  passwd: "root:x:0:0::/root:/bin/sh\njoe:x:1000:1001::/home/joe:/bin/sh\n",
  group: "root:x:0:root\nbin:x:1:root,joe\nstaff:x:50:joe\njoe:x:1001:\n",
};
const BASE = "FROM scratch\nCOPY busybox /bin/busybox\nCOPY passwd group /etc/\n";
const skip = !has("busybox") && "busybox is missing";

test("users, groups and variables of a step are those that BuildKit gives it", { skip }, async () => {
  const id = 'RUN ["/bin/busybox", "id"]\n';
  const steps = `${id}USER joe\n${id}USER 0:0\n${id}USER joe:staff\n${id}USER :staff\n${id}USER 77\n${id}`;
  const env = `ARG Z=z\nENV A=1 B=2 HTTP_PROXY=own\nENV HOME= A=3\nRUN --mount=type=secret,id=s,env=S ["/bin/busybox", "env"]\n`;
  using context = folder({ ...CONTEXT, Dockerfile: `${BASE}${steps}${env}` });
  for (const isolation of ["auto", "chroot"] as const) {
    const { log } = await buildImage({
      context: context.path,
      noCache: true,
      isolation,
      hostCa: "off",
      buildArgs: { no_proxy: "n", HTTP_PROXY: "h" },
      secrets: { s: { value: Buffer.from("hidden") } },
    });
    assert.deepEqual(log.trimEnd().split("\n"), [
      "uid=0(root) gid=0(root) groups=0(root),1(bin)",
      "uid=1000(joe) gid=1001(joe) groups=1(bin),50(staff),1001(joe)",
      "uid=0(root) gid=0(root) groups=0(root)",
      "uid=1000(joe) gid=50(staff) groups=50(staff)",
      "uid=0(root) gid=50(staff) groups=50(staff)",
      "uid=77 gid=0(root) groups=0(root)",
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "Z=z",
      "B=2",
      "A=3",
      "HTTP_PROXY=h",
      "http_proxy=h",
      "NO_PROXY=n",
      "no_proxy=n",
      "S=*****",
      "HOME=/",
    ]);
  }
});

/** Without a range in /etc/subuid, as in most containers. */
rootTest("a user who is alone in the namespace runs steps as root", async () => {
  if (skip) return;
  using context = folder({ ...CONTEXT, Dockerfile: `${BASE}RUN ["/bin/busybox", "id"]\n` });
  chmodSync(context.path, 0o755);
  const store = join(context.path, "store");
  mkdirSync(store);
  chownSync(store, 65534, 65534);
  for (const isolation of ["auto", "chroot"]) {
    const options = ["--isolation", isolation, "--root", store, "--no-cache", "--progress", "plain"];
    const command = [
      "--reuid=65534",
      "--regid=65534",
      "--clear-groups",
      TARE,
      "build",
      ...options,
      context.path,
    ];
    const output = execFileSync("sh", ["-c", 'exec setpriv "$@" 2>&1', "sh", ...command], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, HOME: store },
    });
    assert.match(output, /uid=0\(root\) gid=0\(root\)/);
  }
});
