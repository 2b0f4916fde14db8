import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { encodeTarHeader, TAR_END, type TarHeader, tarPadding } from "../archive/index.ts";
import { streamOf } from "../base/index.ts";
import { prepareRoot, type Unpacked, unpackData } from "./unpack-data.ts";

type Member = Partial<TarHeader> & { readonly name: string; readonly content?: string };

const OWN = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

function tar(...members: readonly Member[]): Buffer {
  const parts = members.flatMap(({ content = "", ...facts }) => {
    const type = facts.name.endsWith("/") ? "dir" : "file";
    const rest = { mode: type === "dir" ? 0o755 : 0o644, uname: "", gname: "", mtime: 1000, linkname: "" };
    const header: TarHeader = { type, ...OWN, ...rest, size: content.length, ...facts };
    return [encodeTarHeader(header), Buffer.from(content), tarPadding(content.length)];
  });
  return Buffer.concat([...parts, TAR_END]);
}

const dir = (name: string, more: Partial<TarHeader> = {}): Member => ({ name, ...more });
const file = (name: string, content = "x", more: Partial<TarHeader> = {}): Member => ({
  name,
  content,
  ...more,
});
const link = (name: string, linkname: string): Member => ({ name, type: "symlink", linkname });
const hard = (name: string, linkname: string): Member => ({ name, type: "hardlink", linkname });

/** A root to unpack into, beside a folder of the host that nothing may reach. */
function workspace() {
  const folder = mkdtempSync(join(tmpdir(), "tare-unpack-"));
  const path = join(folder, "root");
  const host = join(folder, "host");
  mkdirSync(path);
  mkdirSync(host);
  writeFileSync(join(host, "passwd"), "secret");
  const root = prepareRoot(path);
  return {
    path,
    host,
    unpack: (members: readonly Member[], conffiles: readonly string[] = []): Promise<Unpacked> =>
      unpackData(streamOf(tar(...members)), { root, conffiles: new Set(conffiles), name: "pkg" }),
    read: (name: string) => readFileSync(join(path, name), "utf8"),
    /** Whether the host's folder is as it was. */
    untouched: () => readdirSync(host).join() === "passwd" && statSync(join(host, "passwd")).nlink === 1,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

test("an empty root has the merged /usr", () => {
  using work = workspace();
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    assert.equal(readlinkSync(join(work.path, name)), `usr/${name}`);
    assert.equal(statSync(join(work.path, "usr", name)).isDirectory(), true);
  }
});

test("files come with mode and time, and dpkg's list has their names as the package has them", async () => {
  using work = workspace();
  const unpacked = await work.unpack([
    dir("./"),
    dir("./etc/", { mode: 0o750 }),
    file("./etc/a", "text", { mode: 0o4751, mtime: 5000 }),
    link("./etc/l", "/nowhere/../x"),
    hard("./etc/h", "./etc/a"),
    dir("./lib/"),
    file("./lib/x", "merged"),
    dir("./bin/"),
  ]);
  assert.deepEqual(unpacked.paths, ["/.", "/etc", "/etc/a", "/etc/l", "/etc/h", "/lib", "/lib/x", "/bin"]);
  assert.equal(unpacked.youngest, 5000);
  const facts = statSync(join(work.path, "etc/a"));
  assert.deepEqual([facts.mode & 0o7777, facts.mtimeMs, facts.nlink], [0o4751, 5_000_000, 2]);
  assert.equal(statSync(join(work.path, "etc")).mode & 0o777, 0o750);
  assert.equal(readlinkSync(join(work.path, "etc/l")), "/nowhere/../x");
  assert.equal(work.read("usr/lib/x"), "merged");
});

test("configuration files wait for dpkg under another name", async () => {
  using work = workspace();
  const { paths } = await work.unpack(
    [dir("./etc/"), file("./etc/a.conf"), file("./etc/b")],
    ["/etc/a.conf"],
  );
  assert.deepEqual(readdirSync(join(work.path, "etc")), ["a.conf.dpkg-new", "b"]);
  assert.deepEqual(paths, ["/etc", "/etc/a.conf", "/etc/b"]);
});

test("missing parents are made, directories of several packages are one", async () => {
  using work = workspace();
  await work.unpack([file("./a/b/c", "one")]);
  await work.unpack([dir("./a/"), dir("./a/b/"), file("./a/b/d", "two")]);
  assert.equal(work.read("a/b/c") + work.read("a/b/d"), "onetwo");
});

test("a link of the merged /usr that a package brings too changes nothing", async () => {
  using work = workspace();
  await work.unpack([link("./bin", "usr/bin"), link("./lib64", "/elsewhere"), file("./lib64/x")]);
  assert.equal(readlinkSync(join(work.path, "lib64")), "usr/lib64");
  assert.equal(existsSync(join(work.path, "usr/lib64/x")), true);
});

test("an absolute name is one of the root's", async () => {
  using work = workspace();
  const { paths } = await work.unpack([file(`${work.host}/new`, "in"), file("//etc//x")]);
  assert.deepEqual(paths, [`${work.host}/new`, "/etc/x"]);
  assert.equal(work.read(`${work.host}/new`), "in");
  assert.equal(work.untouched(), true);
});

test("no name leads out of the root", async () => {
  const hostile: readonly (readonly [string, (host: string) => readonly Member[]])[] = [
    ["..", () => [file("../host/new")]],
    [".. inside", () => [dir("./etc/"), file("./etc/../../host/new")]],
    ["a directory ..", () => [dir("../host/new/")]],
    ["a hard link from ..", () => [hard("./x", "../host/passwd")]],
    ["a file through a link", (host) => [link("./a", host), file("./a/new")]],
    ["a file through a relative link", () => [link("./a", "../host"), file("./a/new")]],
    ["a directory through a link", (host) => [link("./a", host), dir("./a/new/")]],
    ["a directory over a link", (host) => [link("./a", host), dir("./a/")]],
    ["a link through a link", (host) => [link("./a", host), link("./a/new", "x")]],
    ["a hard link through a link", (host) => [link("./a", host), hard("./x", "./a/passwd")]],
    ["a hard link into a link", (host) => [link("./a", host), file("./f"), hard("./a/x", "./f")]],
    ["a file over a link", (host) => [link("./a", `${host}/passwd`), file("./a", "evil")]],
    ["a file through the merged /usr", (host) => [link("./lib/a", host), file("./lib/a/new")]],
  ];
  for (const [what, members] of hostile) {
    using work = workspace();
    await assert.rejects(
      work.unpack(members(work.host)),
      { code: "integrity-archive", message: /^pkg |^\// },
      what,
    );
    assert.equal(work.untouched(), true, what);
  }
});

test("what a package can not bring is an error that names it", async () => {
  const wrong: readonly (readonly [readonly Member[], RegExp])[] = [
    [[{ name: "./dev", type: "fifo" }], /pkg brings a fifo/],
    [[file("./a"), file("./a")], /pkg can not put \/a where it belongs \(EEXIST\)/],
    [[file("./a"), file("./a/b")], /pkg can not put \/a\/b where it belongs/],
    [[file("./bin")], /pkg can not put \/usr\/bin where it belongs/],
    [[hard("./a", "./gone")], /pkg can not put \/a where it belongs \(ENOENT\)/],
    [[dir("./d/"), hard("./a", "./d")], /hard link to \/d, which is no file of it/],
  ];
  for (const [members, message] of wrong) {
    using work = workspace();
    await assert.rejects(work.unpack(members), { code: "integrity-archive", message }, String(message));
  }
});

test("libraries of a second word size have a directory below /usr and a link to it, whoever brings it", async () => {
  using work = workspace();
  await work.unpack([link("lib32", "usr/lib32"), dir("libx32/"), file("libx32/a"), file("usr/lib32/b")]);
  for (const name of ["lib32", "libx32"]) assert.equal(readlinkSync(join(work.path, name)), `usr/${name}`);
  assert.deepEqual([work.read("usr/libx32/a"), work.read("lib32/b")], ["x", "x"]);
});
