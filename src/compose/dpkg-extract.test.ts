import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sha256 } from "../base/index.ts";
import { type DebContent, debOf, tarFile, tarLink, tarMember } from "../debian/fixtures.ts";
import { keptPaths } from "../recipe/index.ts";
import { MERGED_ALWAYS, scanDirectory } from "../tree/index.ts";
import { openKitchen, recipeOf } from "./fixtures.ts";
import { mergedLayers } from "./merged-fixtures.ts";

/** Owners are what packages say only where root unpacks them. */
const isRoot = process.getuid?.() === 0;
const OWNED = isRoot ? { uid: 33, gid: 4 } : {};
const DEBS: readonly DebContent[] = [
  {
    name: "base",
    data: [
      tarMember({ name: "./", mtime: 100 }),
      tarMember({ name: "./tmp/", mode: 0o1777 }),
      tarMember({ name: "./etc/", mtime: 50 }),
      tarMember({ name: "./etc/shadow", mode: 0o640, ...OWNED, mtime: 1_700_000_000 }, "secret"),
      tarMember({ name: "./var/empty/", mode: 0o700 }),
    ],
  },
  {
    name: "lib",
    data: [
      tarMember({ name: "./lib/" }),
      tarMember({ name: "./lib/x86_64-linux-gnu/", mtime: 7 }),
      tarFile("./lib/x86_64-linux-gnu/libz.so.1.2", "z".repeat(5000)),
      tarLink("./lib/x86_64-linux-gnu/libz.so.1", "libz.so.1.2"),
      tarFile("./usr/lib/x86_64-linux-gnu/ä ö", "names"),
      tarFile(`./usr/share/${"long/".repeat(40)}name`, "long"),
      tarFile("./usr/share/doc/lib/copyright", "free"),
      tarFile("./usr/share/doc/lib/changelog.gz", "not needed"),
    ],
    xz: true,
  },
  {
    name: "tool",
    fields: { Depends: "lib" },
    data: [
      tarMember({ name: "./bin/su", mode: 0o4755, mtime: 99 }, "su"),
      tarMember({ name: "./usr/bin/sg", type: "hardlink", linkname: "./bin/su", mode: 0o4755, mtime: 99 }),
      tarFile("./sbin/.hidden", ""),
    ],
  },
];
const RULES = { exclude: ["/usr/share/doc/**"], include: ["/usr/share/doc/*/copyright"] };

function missingDpkg(): string | false {
  try {
    execFileSync("dpkg-deb", ["--version"], { stdio: "ignore" });
    return false;
  } catch {
    if (process.env.CI) throw new Error("dpkg-deb has to be installed where CI is set");
    return "SKIPPED: dpkg-deb is not installed";
  }
}

/** What dpkg-deb makes of the packages in a root with a merged /usr, as facts by path; of one inode, all names. */
async function extracted(root: string): Promise<Readonly<Record<string, unknown>>> {
  for (const name of MERGED_ALWAYS) {
    mkdirSync(join(root, "usr", name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
  for (const content of DEBS) {
    const path = join(root, "..", `${content.name}.deb`);
    writeFileSync(path, await debOf(content));
    const data = execFileSync("dpkg-deb", ["--fsys-tarfile", path]);
    // As dpkg itself, it goes through the links of a merged /usr.
    execFileSync(
      "tar",
      ["-x", "--keep-directory-symlink", "-C", root, "--same-permissions", "--numeric-owner"],
      { input: data },
    );
  }
  const found: Record<string, unknown> = {};
  for (const entry of await scanDirectory(root, { xattrs: false })) {
    const full = join(root, entry.path);
    const stat = lstatSync(full);
    const { path, kind, mode, uid, gid, mtime, link } = entry;
    const isFile = stat.isFile();
    found[`/${path}`] = {
      kind: isFile ? "file" : kind,
      mode,
      ...(isRoot && { uid, gid }),
      ...(kind !== "dir" && { mtime }),
      ...(isFile && { digest: sha256(readFileSync(full)), names: stat.nlink }),
      ...(stat.isSymbolicLink() && { link }),
    };
  }
  return found;
}

/** The same facts of what was composed. */
function comparable(tree: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(tree as Record<string, Record<string, unknown>>)
      .filter(([path]) => !/^\/var\/lib(\/dpkg.*)?$/.test(path))
      .map(([path, { kind, mode, uid, gid, mtime, digest, link, names }]) => [
        path,
        {
          kind,
          mode,
          ...(isRoot && { uid, gid }),
          ...(kind !== "dir" && { mtime }),
          ...(kind === "file" && { digest, names: (names as readonly string[] | undefined)?.length ?? 1 }),
          ...(kind === "symlink" && { link }),
        },
      ]),
  );
}

test("a composed tree is, path by path, what dpkg-deb unpacks of the same packages, less what is left out", {
  skip: missingDpkg(),
}, async () => {
  await using kitchen = await openKitchen(DEBS);
  const root = join(mkdtempSync(join(tmpdir(), "tare-dpkg-")), "root");
  try {
    mkdirSync(root);
    const theirs = await extracted(root);
    const packages = DEBS.map(({ name }) => name);
    const layers = await kitchen.compose(recipeOf({ packages, ...RULES }));
    const ours = comparable(await mergedLayers(layers));
    const isKept = keptPaths(RULES);
    const links = MERGED_ALWAYS.map((name) => `/${name}`);
    const kept = Object.keys(theirs).filter(isKept);
    const isThere = (path: string) => isKept(path) || kept.some((other) => other.startsWith(`${path}/`));
    const isCompared = (path: string) => path !== "/" && !links.includes(path);
    const wanted = Object.entries(theirs).filter(([path]) => isThere(path) && isCompared(path));
    assert.ok(wanted.length > 50, `${wanted.length} paths`);
    const others = Object.entries(ours).filter(([path]) => isCompared(path));
    assert.deepEqual(Object.fromEntries(others), Object.fromEntries(wanted));
    for (const link of links) assert.equal((ours[link] as { kind: string }).kind, "symlink");
  } finally {
    rmSync(join(root, ".."), { recursive: true });
  }
});
