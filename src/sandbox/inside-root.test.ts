import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { insideRoot } from "./inside-root.ts";

/** A root file system with links, each to what stands behind the arrow. */
function root(...entries: readonly string[]) {
  const path = mkdtempSync(join(tmpdir(), "tare-inside-"));
  for (const entry of entries) {
    const [name = "", target] = entry.split(" -> ");
    mkdirSync(join(path, dirname(name)), { recursive: true });
    if (target === undefined) writeFileSync(join(path, name), "");
    else symlinkSync(target, join(path, name));
  }
  return {
    path,
    find: (wanted: string) => insideRoot(path, wanted)?.slice(path.length) ?? "too many links",
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

test("links lead to where they lead inside the root", () => {
  using work = root(
    "usr/bin/sh",
    "bin -> usr/bin",
    "etc/abs -> /usr/bin",
    "etc/up -> ../usr",
    "etc/out -> ../../../../etc/passwd",
    "etc/resolv.conf -> /run/resolve/stub.conf",
    "etc/deep -> /etc/abs/sh",
  );
  const cases: readonly (readonly [string, string])[] = [
    ["/", "/"],
    ["/bin/sh", "/usr/bin/sh"],
    ["/bin", "/usr/bin"],
    ["/etc/abs/sh", "/usr/bin/sh"],
    ["/etc/up/bin/sh", "/usr/bin/sh"],
    ["/etc/deep", "/usr/bin/sh"],
    ["/etc/out", "/etc/passwd"],
    ["/etc/resolv.conf", "/run/resolve/stub.conf"],
    ["/etc/abs/../x", "/usr/x"],
    ["/../../x", "/x"],
    ["/no/such/file", "/no/such/file"],
    ["/usr/bin/sh/below", "/usr/bin/sh/below"],
  ];
  for (const [path, wanted] of cases) assert.equal(work.find(path), wanted, path);
});

test("a link that leads to itself leads nowhere", () => {
  using work = root("a -> b", "b -> a", "c -> c/d");
  for (const path of ["/a", "/b/x", "/c"]) assert.equal(work.find(path), "too many links", path);
});
