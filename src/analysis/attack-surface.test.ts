import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { sampleProgram } from "../elf/fixtures.ts";
import { ATTACK_RULES, TOOL_NAMES } from "./attack-rules.ts";
import { attackSurface } from "./attack-surface.ts";
import { imageOf, program, type Sample } from "./fixtures.ts";

async function pointsOf(
  samples: Readonly<Record<string, Sample>>,
  config: Parameters<typeof imageOf>[1] = { User: "1000" },
): Promise<Readonly<Record<string, readonly string[]>>> {
  const { rows } = attackSurface(await imageOf([samples], config));
  return Object.fromEntries(rows.filter(({ count }) => count > 0).map(({ id, found }) => [id, found]));
}

test("an image of one program, without root and ports, has 0 points", async () => {
  const image = await imageOf([{ app: program() }], { User: "1000" });
  assert.equal(attackSurface(image).score, 0);
});

test("a tool counts once, whatever leads to it; what can not be started is none", async () => {
  const found = await pointsOf({
    bin: { kind: "symlink", link: "usr/bin" },
    "usr/bin/dash": program(),
    "usr/bin/sh": { kind: "symlink", link: "dash" },
    "usr/bin/rbash": { kind: "symlink", link: "/bin/bash" },
    "usr/bin/bash": { ...program(), content: "other" },
    "usr/bin/python3": { kind: "symlink", link: "python3.11" },
    "usr/bin/python3.11": program(),
    "usr/bin/gcc-12": program(),
    "usr/bin/curl": "not executable",
    "usr/bin/wget": { kind: "symlink", link: "nowhere" },
    "usr/bin/nc": { kind: "symlink", link: "nc" },
    "etc/cron.daily/dpkg": program(),
  });
  assert.deepEqual(found, {
    shell: ["/usr/bin/bash", "/usr/bin/dash"],
    interpreter: ["/usr/bin/python3.11"],
    compiler: ["/usr/bin/gcc-12"],
  });
});

test("each tool of busybox counts, its shells as one", async () => {
  const link = { kind: "symlink", link: "busybox" } as const;
  const found = await pointsOf({
    "busybox/busybox": program(),
    "busybox/sh": link,
    "busybox/ash": link,
    "busybox/wget": link,
    "busybox/nc": link,
  });
  assert.deepEqual(found, {
    shell: ["/busybox/busybox"],
    network: ["/busybox/nc (busybox)", "/busybox/wget (busybox)"],
  });
});

test("a shell under another name is found by what is in it, unless a package has brought it", async () => {
  const shell = (text: string) => ({
    content: Buffer.concat([sampleProgram(), Buffer.from(text)]),
    mode: 0o755,
  });
  const found = await pointsOf({
    "bin/health": shell("BusyBox v1.36.1 multi-call binary; %s unexpected (expecting %s)"),
    "opt/run": shell("GNU bash, version %s-(%s)"),
    "opt/start": shell("%s unexpected (expecting %s)"),
    "opt/app": shell("a text about BusyBox"),
    "opt/notes": { content: "BusyBox v1.36.1", mode: 0o755 },
    "opt/data": { ...shell("BusyBox v1.36.1"), mode: 0o644 },
    "bin/sh": shell("BusyBox v1.36.1"),
    "usr/bin/own": shell("BusyBox v1.36.1"),
    "var/lib/dpkg/status.d/own": "Package: own\nVersion: 1\nArchitecture: all\n",
    "var/lib/dpkg/status.d/own.md5sums": `${"0".repeat(32)}  usr/bin/own\n`,
  });
  assert.deepEqual(found, {
    package: ["own 1"],
    shell: ["/bin/sh", "/opt/run (bash)", "/opt/start (dash)", "/bin/health (busybox)"],
  });
});

test("modes: set-uid and set-gid files, what everybody may write; the sticky bit of folders excuses it", async () => {
  const found = await pointsOf({
    su2: { content: "x", mode: 0o4755 },
    wall: { content: "x", mode: 0o2755 },
    tmp: { kind: "dir", mode: 0o1777 },
    open: { kind: "dir", mode: 0o777 },
    file: { content: "x", mode: 0o666 },
    link: { kind: "symlink", link: "file", mode: 0o777 },
    "set-gid-folder": { kind: "dir", mode: 0o2755 },
  });
  assert.deepEqual(found, { setuid: ["/su2", "/wall"], "world-writable": ["/file", "/open"] });
});

test("root is no USER, 0, and a name with the id 0; ports and secrets of the config count", async () => {
  const passwd = { "etc/passwd": "boss:x:0:0::/:/bin/false\nweb:x:9:9::/:/bin/false\n" };
  for (const [User, isRoot] of [
    ["", true],
    ["0", true],
    ["0:0", true],
    ["boss", true],
    ["root", true],
    ["web", false],
    ["unknown", false],
    ["1000", false],
  ] as const)
    assert.equal((await pointsOf(passwd, { User })).root !== undefined, isRoot, User);
  const token = `glpat-${"aB3".repeat(8)}`;
  const found = await pointsOf({}, { User: "1", ExposedPorts: { "80/tcp": {} }, Env: [`TOKEN=${token}`] });
  assert.deepEqual(found, { secret: ["environment variable TOKEN: a GitLab token"], port: ["80/tcp"] });
});

test("a variable and a build argument are secrets by their names, unless their values say that they are none", async () => {
  const Env = [
    "DB_PASSWORD=hunter2",
    "API_KEY=abc",
    "GPG_KEY=E3FF",
    "TOKEN_FILE=/run/x",
    "SECRET=",
    "PATH=/bin",
  ];
  const more = [
    "AUTH_TOKEN_TTL=3600",
    "SECRET_PATH=/run/secret",
    "KEY_URL=https://x.example/k",
    "USE_TOKEN=true",
  ];
  const history = [
    "RUN |2 NPM_TOKEN=abc MODE=x /bin/sh -c npm ci",
    "|1 KEY=$X /bin/sh -c a",
    "RUN TOKEN=y make",
  ];
  const config = { User: "1", Env: [...Env, ...more] };
  const found = await imageOf(
    [{}],
    config,
    history.map((text) => ({ created_by: text, empty_layer: true })),
  );
  assert.deepEqual(found.image.secrets, [
    { where: "environment variable DB_PASSWORD", what: "a value under the name of a secret" },
    { where: "environment variable API_KEY", what: "a value under the name of a secret" },
    { where: "history line 1", what: "a value under the name of a secret" },
  ]);
});

test("a key is found in a binary file, too, and not where a program only knows its first line", async () => {
  const begin = `-----BEGIN OPENSSH PRIVATE KEY-----\n`;
  const lines = `${"b3BlbnNzaC1rZXktdjEAAAAA".repeat(2)}\n`.repeat(3);
  const found = await pointsOf({
    "a.dat": `x\0y\n${begin}${lines}`,
    "b.dat": `x\0${begin}\0${lines}`,
    "c/.dockerconfigjson": "{}",
    "d.ini": `aws_secret_access_key = ${"wJalrXUtnFEMI/K7MDENG/bPxRfiCYQ1W2E3R4T5"}`,
  });
  assert.deepEqual(found.secret, [
    "/a.dat: a private key",
    "/c/.dockerconfigjson: credentials of registries",
    "/d.ini: an AWS secret key",
  ]);
});

test("a kind has no more points than its most", async () => {
  const open = Object.fromEntries(
    Array.from({ length: 30 }, (_, at) => [`f${at}`, { content: "x", mode: 0o666 }]),
  );
  const { score, rows } = attackSurface(await imageOf([open], { User: "1" }));
  assert.equal(rows.find(({ id }) => id === "world-writable")?.count, 30);
  assert.equal(score, 50);
});

test("the documentation has every rule with its points, and every name", () => {
  const text = readFileSync(new URL("../../docs/attack-surface.md", import.meta.url), "utf8");
  for (const { title, weight, most = "", why } of ATTACK_RULES)
    assert.ok(text.includes(`| ${title} | ${weight} | ${most} | ${why} |`), title);
  for (const names of Object.values(TOOL_NAMES))
    for (const name of names.split(" ")) assert.ok(text.includes(`\`${name}\``), name);
});
