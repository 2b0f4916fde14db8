import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hostnameFile, networkFiles } from "./network-files.ts";

function made(network: "host" | "none") {
  const folder = mkdtempSync(join(tmpdir(), "tare-network-"));
  const mounts = networkFiles(folder, { hostname: "box", network });
  const texts = new Map(mounts.map(({ source, target }) => [target, readFileSync(source, "utf8")]));
  return { mounts, texts, folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

test("the files are new, writable, and know the host's name", () => {
  using files = made("none");
  assert.deepEqual(
    files.mounts.map(({ source, target, readonly }) => [source.replace(files.folder, ""), target, readonly]),
    [
      ["/resolv.conf", "/etc/resolv.conf", false],
      ["/hosts", "/etc/hosts", false],
    ],
  );
  const { source, target } = hostnameFile(files.folder, "box");
  assert.deepEqual([target, readFileSync(source, "utf8")], ["/etc/hostname", "box\n"]);
  assert.equal(
    files.texts.get("/etc/hosts"),
    "127.0.0.1\tlocalhost box\n::1\tlocalhost ip6-localhost ip6-loopback\n",
  );
});

test("names are resolved as on the host, or not at all", () => {
  using none = made("none");
  assert.equal(none.texts.get("/etc/resolv.conf"), "");
  using host = made("host");
  const own = existsSync("/etc/resolv.conf") ? readFileSync("/etc/resolv.conf", "utf8") : "";
  assert.equal(host.texts.get("/etc/resolv.conf"), own);
});
