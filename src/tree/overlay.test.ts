import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createReadStream, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { applyLayer, buildTree } from "./apply-layer.ts";
import type { Entry } from "./entry.ts";
import { indexFromTar } from "./index-from-tar.ts";
import { scanDirectory } from "./scan.ts";
import type { TreeNode } from "./tree.ts";
import { validateIndex } from "./validate.ts";
import { walkTree } from "./walk.ts";

/** Makes a lower directory, changes it through an overlay, and writes what the kernel shows as a tar. */
const SCRIPT = `
set -e
cd "$1"
mkdir -p lower/keep lower/opaque/sub lower/gone lower/becomes-file lower/moved
for file in keep/a keep/b opaque/old opaque/sub/old gone/x becomes-file/x becomes-dir changed chmod moved/x linked; do
  echo "$file" > "lower/$file"
done
ln lower/linked lower/keep/linked
ln -s keep lower/becomes-real
mount -t overlay overlay -o "$2lowerdir=lower,upperdir=upper,workdir=work" merged || exit 77
cd merged
rm keep/a
rm -r opaque gone becomes-file becomes-dir becomes-real
mkdir opaque becomes-dir becomes-real
echo new > opaque/-new
echo new > opaque/new
echo file > becomes-file
echo x > becomes-dir/x
echo more >> changed
chmod 4711 chmod
cp -r moved moved-away
rm -r moved
rm linked
echo added > keep/z
ln keep/z keep/y
mkdir empty
chmod 711 .
cd ..
tar -c --numeric-owner -C merged -f merged.tar .
`;

const ways = [
  // Only root has the first way; the suite runs as both.
  ...(process.getuid?.() === 0 ? [{ name: "as root", command: ["unshare", "-m"], options: "" }] : []),
  { name: "in a user namespace", command: ["unshare", "-m", "-U", "-r"], options: "userxattr," },
];

for (const { name, command, options } of ways) {
  test(`an upper directory on its lower one is what the kernel shows, ${name}`, async (t) => {
    const root = mkdtempSync(join(tmpdir(), "tare-overlay-"));
    try {
      for (const folder of ["lower", "upper", "work", "merged"]) mkdirSync(`${root}/${folder}`);
      const [program = "", ...args] = command;
      const result = spawnSync(program, [...args, "sh", "-c", SCRIPT, "sh", root, options], {
        encoding: "utf8",
      });
      if (result.status === 77 || /unshare failed|Operation not permitted/.test(result.stderr))
        return t.skip(`no overlay mounts here: ${result.stderr.trim()}`);
      assert.equal(result.status, 0, result.stderr);
      const lower = await entriesOf(`${root}/lower`, false);
      const upper = await entriesOf(`${root}/upper`, true);
      const shown = await indexFromTar(createReadStream(`${root}/merged.tar`), { whiteouts: false });
      const tree = applyLayer(buildTree([{ entries: lower }]), { entries: upper }, 1);
      assert.deepEqual(facts(walkTree(tree)), facts(walkTree(buildTree([shown]))));
      const kinds = upper.map(({ kind }) => kind);
      assert.ok(kinds.includes("whiteout") && kinds.includes("opaque") && kinds.includes("hardlink"));
    } finally {
      // The kernel leaves a directory without any permission in there.
      spawnSync("chmod", ["-R", "u+rwx", `${root}/work`]);
      rmSync(root, { recursive: true, force: true });
    }
  });
}

async function entriesOf(root: string, overlay: boolean): Promise<readonly Entry[]> {
  const entries = await scanDirectory(root, { xattrs: true, overlay, owner: () => ({ uid: 0, gid: 0 }) });
  validateIndex({ entries });
  return entries;
}

function facts(nodes: Iterable<TreeNode>): unknown {
  return [...nodes].map(({ entry: { path, kind, mode, mtime, size, link } }) => [
    path,
    kind,
    mode,
    mtime,
    size,
    link,
  ]);
}
