import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { isSystemError, mknod, setXattr } from "../base/index.ts";
import { type Entry, validateIndex } from "../tree/index.ts";
import { type CaptureRequest, captureLayer } from "./capture.ts";

const rootTest = process.getuid?.() === 0 ? test : () => undefined;

const TIME = 1_000_000_000;

/** An upper directory for one test; everything in it is of one time, as if it had just been copied up. */
function workspace() {
  const folder = mkdtempSync(join(tmpdir(), "tare-capture-"));
  const upper = join(folder, "upper");
  mkdirSync(upper, { mode: 0o755 });
  utimesSync(upper, TIME, TIME);
  const settle = (path: string) => {
    for (let at = path; at !== "." && at !== ""; at = dirname(at)) utimesSync(join(upper, at), TIME, TIME);
    utimesSync(upper, TIME, TIME);
  };
  return {
    folder,
    upper,
    file: (path: string, content = "x") => {
      mkdirSync(dirname(join(upper, path)), { recursive: true, mode: 0o755 });
      writeFileSync(join(upper, path), content, { mode: 0o644 });
      settle(path);
    },
    dir: (path: string) => {
      mkdirSync(join(upper, path), { recursive: true, mode: 0o755 });
      settle(path);
    },
    settle,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function below(...entries: readonly (Partial<Entry> & { readonly path: string })[]): CaptureRequest["below"] {
  const known = entries.map((entry) => {
    const kind = entry.kind ?? "file";
    const facts = kind === "dir" ? { mode: 0o755, size: 0 } : { mode: 0o644, size: 1 };
    return { kind, mtime: TIME, uid: process.getuid?.() ?? 0, gid: gidOf(), ...facts, ...entry } as Entry;
  });
  return async (path) => known.find((entry) => entry.path === path);
}

/** The group that new files get here. */
function gidOf(): number {
  using work = workspace();
  return statSync(work.upper).gid;
}

const ROOT = { path: "", kind: "dir" } as const;

async function captured(upper: string, more: Partial<CaptureRequest> = {}): Promise<readonly Entry[]> {
  const request = {
    upper,
    below: below(ROOT),
    sameContent: async () => true,
    mountTargets: [],
    ...more,
  };
  const index = await captureLayer(request);
  validateIndex(index);
  return index.entries;
}

async function outline(upper: string, more: Partial<CaptureRequest> = {}): Promise<readonly string[]> {
  return (await captured(upper, more)).map(
    ({ path, kind, link }) => `${path} ${kind}${link === undefined ? "" : ` ${link}`}`,
  );
}

test("an upper directory that nothing was done to is an empty layer", async () => {
  using work = workspace();
  assert.deepEqual(await outline(work.upper), []);
});

test("new files are there with the directories above them", async () => {
  using work = workspace();
  work.file("etc/new/file");
  symlinkSync("new/file", join(work.upper, "etc/link"));
  linkSync(join(work.upper, "etc/new/file"), join(work.upper, "etc/new/other"));
  assert.deepEqual(await outline(work.upper, { below: below(ROOT, { path: "etc", kind: "dir" }) }), [
    "etc dir",
    "etc/link symlink new/file",
    "etc/new dir",
    "etc/new/file file",
    "etc/new/other hardlink etc/new/file",
  ]);
});

test("what was copied up and is as it was is no change", async () => {
  using work = workspace();
  work.file("etc/same");
  const asked: string[] = [];
  const request = {
    below: below(ROOT, { path: "etc", kind: "dir" }, { path: "etc/same" }),
    sameContent: async (path: string) => asked.push(path) > 0,
  };
  assert.deepEqual(await outline(work.upper, request), []);
  assert.deepEqual(asked, ["etc/same"]);
  assert.deepEqual(await outline(work.upper, { ...request, sameContent: async () => false }), [
    "etc dir",
    "etc/same file",
  ]);
});

test("a copied-up file that has got a name more is part of the layer, for the name's sake", async () => {
  using work = workspace();
  work.file("etc/same");
  linkSync(join(work.upper, "etc/same"), join(work.upper, "name"));
  const request = { below: below(ROOT, { path: "etc", kind: "dir" }, { path: "etc/same" }) };
  assert.deepEqual(await outline(work.upper, request), [
    "etc dir",
    "etc/same file",
    "name hardlink etc/same",
  ]);
});

test("any other fact that differs is a change, without looking at the content", async () => {
  using work = workspace();
  work.file("a");
  const differences: readonly Partial<Entry>[] = [
    { mode: 0o600 },
    { uid: 4321 },
    { gid: 4321 },
    { size: 2 },
    { mtime: TIME + 1 },
    { kind: "symlink" },
    { xattrs: { "user.x": Buffer.of(1) } },
  ];
  for (const difference of differences) {
    const request = {
      below: below(ROOT, { path: "a", ...difference }),
      sameContent: () => Promise.reject(new Error("it looked")),
    };
    assert.deepEqual(await outline(work.upper, request), ["a file"], JSON.stringify(difference));
  }
});

test("a directory of which only mode or time changed is a change of its own", async () => {
  using work = workspace();
  work.dir("var/cache");
  const same = below(ROOT, { path: "var", kind: "dir" }, { path: "var/cache", kind: "dir" });
  assert.deepEqual(await outline(work.upper, { below: same }), []);
  chmodSync(join(work.upper, "var/cache"), 0o700);
  assert.deepEqual(await outline(work.upper, { below: same }), ["var dir", "var/cache dir"]);
  chmodSync(join(work.upper, "var/cache"), 0o755);
  utimesSync(join(work.upper, "var"), TIME + 5, TIME + 5);
  assert.deepEqual(await outline(work.upper, { below: same }), ["var dir"]);
});

rootTest("what was deleted is a whiteout, what was replaced is opaque", async (t) => {
  using work = workspace();
  work.dir("etc");
  mknod(join(work.upper, "etc/gone"), 0o020000, { major: 0, minor: 0 });
  work.file("etc/fresh/x");
  try {
    setXattr(join(work.upper, "etc/fresh"), "user.overlay.opaque", Buffer.from("y"));
  } catch (error) {
    if (isSystemError(error)) return t.skip("the temporary folder has no user attributes");
    throw error;
  }
  const known = below(
    ROOT,
    { path: "etc", kind: "dir" },
    { path: "etc/gone" },
    { path: "etc/fresh", kind: "dir" },
  );
  assert.deepEqual(await outline(work.upper, { below: known }), [
    "etc dir",
    "etc/fresh dir",
    "etc/fresh/.wh..wh..opq opaque",
    "etc/fresh/x file",
    "etc/gone whiteout",
  ]);
});

test("mount points that had to be made are left out, with the directories made for them", async () => {
  using work = workspace();
  work.file("etc/hosts", "");
  work.dir("run/tare-ca");
  work.dir("dev/pts");
  const mountTargets = ["/etc/hosts", "/run/tare-ca", "/dev", "/dev/pts", "/proc"];
  const known = below(ROOT, { path: "etc", kind: "dir", mtime: TIME - 50 });
  assert.deepEqual(await outline(work.upper, { below: known, mountTargets }), []);
  assert.equal(existsSync(join(work.upper, "run")), false);
});

test("what the process itself left at a mount point, or beside it, stays", async () => {
  using work = workspace();
  work.file("etc/hosts", "own");
  work.file("run/tare-ca/own");
  work.file("srv/beside");
  work.dir("srv/mount");
  const mountTargets = ["/etc/hosts", "/run/tare-ca", "/srv/mount"];
  assert.deepEqual(await outline(work.upper, { mountTargets }), [
    "etc dir",
    "etc/hosts file",
    "run dir",
    "run/tare-ca dir",
    "run/tare-ca/own file",
    "srv dir",
    "srv/beside file",
  ]);
});

test("a mount point that was there before is looked at as anything else", async () => {
  using work = workspace();
  work.file("etc/hosts", "");
  const known = below(ROOT, { path: "etc", kind: "dir" }, { path: "etc/hosts", size: 5 });
  assert.deepEqual(await outline(work.upper, { below: known, mountTargets: ["/etc/hosts"] }), [
    "etc dir",
    "etc/hosts file",
  ]);
});

test("a directory that was made for a mount point and is used otherwise stays, as any directory", async () => {
  using work = workspace();
  work.dir("made/way/mount");
  work.file("made/kept");
  for (const path of ["made", "made/way", "made/way/mount"]) chmodSync(join(work.upper, path), 0o1755);
  assert.deepEqual(await outline(work.upper, { mountTargets: ["/made/way/mount"] }), [
    "made dir",
    "made/kept file",
  ]);
  assert.equal(statSync(join(work.upper, "made")).mode & 0o7777, 0o755);
});

test("a link where the way to a mount point was leads nowhere outside", async () => {
  using work = workspace();
  const host = join(work.folder, "host");
  mkdirSync(join(host, "deep"), { recursive: true });
  writeFileSync(join(host, "hostname"), "");
  symlinkSync(host, join(work.upper, "etc"));
  symlinkSync("../host", join(work.upper, "run"));
  const mountTargets = ["/etc/hostname", "/run/deep"];
  assert.deepEqual(await outline(work.upper, { mountTargets }), [
    `etc symlink ${host}`,
    "run symlink ../host",
  ]);
  assert.deepEqual([existsSync(join(host, "hostname")), existsSync(join(host, "deep"))], [true, true]);
});
