import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { encodeTarHeader, TAR_END, tarPadding } from "../archive/index.ts";
import { type ControlFiles, readControl, writeDatabase } from "./dpkg-database.ts";

const hasDpkg = spawnSync("dpkg-query", ["--version"]).error === undefined;
if (!hasDpkg && process.env.CI) throw new Error("dpkg-query is missing");
const skip = !hasDpkg && "dpkg-query is missing";

/** A control archive of these files, modes by name. */
function controlArchive(files: Readonly<Record<string, string>>): Buffer {
  const facts = { uid: 0, gid: 0, uname: "", gname: "", mtime: 0, linkname: "" };
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const mode = name === "control" || name.includes("conf") ? 0o644 : 0o755;
    const header = { ...facts, name: `./${name}`, type: "file", mode, size: content.length } as const;
    return [encodeTarHeader(header), Buffer.from(content), tarPadding(content.length)];
  });
  return Buffer.concat([
    encodeTarHeader({ ...facts, name: "./", type: "dir", mode: 0o755, size: 0 }),
    ...parts,
    TAR_END,
  ]);
}

const LIBC = {
  control: `Package: libc6
Architecture: amd64
Version: 2.41-12
Multi-Arch: same
Priority: optional
Section: libs
Maintainer: Nobody <nobody@example.org>
Installed-Size: 100
Description: a library
 with more to say
 .
 in several lines
`,
  conffiles: "/etc/ld.so.conf.d/x.conf\n remove-on-upgrade /etc/old\n",
  triggers: "interest-noawait /usr/lib\nactivate ldconfig\n interest libc-upgrade\n# interest no\n",
  postinst: "#!/bin/sh\n",
};

const DPKG = {
  control:
    "Package: dpkg\nArchitecture: amd64\nVersion: 1.22.21\nMaintainer: x <x@y.z>\nDescription: y\nEssential: yes\n",
  triggers: "interest /usr/lib\ninterest-await /usr/share/doc\n",
};

async function both(): Promise<readonly ControlFiles[]> {
  return [await readControl(controlArchive(LIBC)), await readControl(controlArchive(DPKG))];
}

async function database() {
  const root = mkdtempSync(join(tmpdir(), "tare-dpkg-"));
  const [libc, dpkg] = (await both()) as [ControlFiles, ControlFiles];
  writeDatabase(root, [
    { control: libc, paths: ["/.", "/usr", "/usr/lib/x.so"] },
    { control: dpkg, paths: ["/.", "/usr"] },
  ]);
  const folder = join(root, "var/lib/dpkg");
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  return { folder, read, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}

test("a control archive is its fields and files", async () => {
  const [libc, dpkg] = await both();
  assert.deepEqual(
    [libc?.name, libc?.architecture, libc?.infoName, dpkg?.infoName],
    ["libc6", "amd64", "libc6:amd64", "dpkg"],
  );
  assert.deepEqual([...(libc?.conffiles ?? [])], ["/etc/ld.so.conf.d/x.conf"]);
  assert.deepEqual([...(libc?.files.keys() ?? [])], ["conffiles", "triggers", "postinst"]);
  assert.equal(libc?.files.get("postinst")?.mode, 0o755);
  assert.equal(libc?.stanza, LIBC.control.trim());
});

test("the status is that of packages after unpacking", async () => {
  using work = await database();
  const [first = "", second = ""] = work.read("status").split("\n\n");
  const lines = LIBC.control.trim().split("\n");
  assert.equal(
    first,
    [
      lines[0],
      "Status: install ok unpacked",
      ...lines.slice(1),
      "Conffiles:",
      " /etc/ld.so.conf.d/x.conf newconffile",
    ].join("\n"),
  );
  assert.equal(second, DPKG.control.replace("\n", "\nStatus: install ok unpacked\n"));
});

test("the info folder has a package's files by its name, and the list of its paths", async () => {
  using work = await database();
  assert.deepEqual(readdirSync(join(work.folder, "info")), [
    "dpkg.list",
    "dpkg.triggers",
    "format",
    "libc6:amd64.conffiles",
    "libc6:amd64.list",
    "libc6:amd64.postinst",
    "libc6:amd64.triggers",
  ]);
  assert.equal(work.read("info/format"), "1\n");
  assert.equal(work.read("info/libc6:amd64.list"), "/.\n/usr\n/usr/lib/x.so\n");
  assert.equal(statSync(join(work.folder, "info/libc6:amd64.postinst")).mode & 0o777, 0o755);
});

test("who listens to a path stands in one file, who to a name in a file each", async () => {
  using work = await database();
  assert.deepEqual(readdirSync(join(work.folder, "triggers")), ["File", "libc-upgrade"]);
  assert.equal(work.read("triggers/File"), "/usr/lib libc6/noawait\n/usr/lib dpkg\n/usr/share/doc dpkg\n");
  assert.equal(work.read("triggers/libc-upgrade"), "libc6\n");
});

test("dpkg reads what was written", { skip }, async () => {
  using work = await database();
  const query = (...args: readonly string[]) =>
    execFileSync("dpkg-query", ["--admindir", work.folder, ...args], { encoding: "utf8" });
  const format = "$" + "{binary:Package} $" + "{Version} $" + "{Status}|$" + "{Conffiles}\n";
  assert.equal(
    query("-f", format, "-W"),
    "dpkg 1.22.21 install ok unpacked|\nlibc6:amd64 2.41-12 install ok unpacked| /etc/ld.so.conf.d/x.conf newconffile\n",
  );
  assert.equal(query("-L", "libc6:amd64"), "/.\n/usr\n/usr/lib/x.so\n");
  assert.equal(query("-S", "/usr/lib/x.so"), "libc6:amd64: /usr/lib/x.so\n");
  assert.match(
    query("-s", "libc6:amd64"),
    /^Description: a library\n with more to say\n \.\n in several lines$/m,
  );
});

test("no package at all is a database too", { skip }, () => {
  const root = mkdtempSync(join(tmpdir(), "tare-dpkg-"));
  try {
    writeDatabase(root, []);
    assert.equal(
      execFileSync("dpkg-query", ["--admindir", join(root, "var/lib/dpkg"), "-W"], { encoding: "utf8" }),
      "",
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
