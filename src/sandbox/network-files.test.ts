import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hostnameFile, networkFiles, type Resolver } from "./network-files.ts";

function made(network: Parameters<typeof networkFiles>[1]["network"], resolver?: Resolver) {
  const folder = mkdtempSync(join(tmpdir(), "tare-network-"));
  const mounts = networkFiles(folder, { hostname: "box", network, resolver });
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

test("resolvers, domains and options that are named take the place of the host's, each for itself", () => {
  const resolvers = "nameserver 1.1.1.1\ndomain old\noptions rotate\n";
  const none = { servers: [], search: [], options: [] };
  const cases: readonly (readonly [Partial<Resolver>, string])[] = [
    [{}, resolvers],
    [{ servers: ["9.9.9.9", "::1"] }, "nameserver 9.9.9.9\nnameserver ::1\ndomain old\noptions rotate\n"],
    [{ search: ["a.b", "c"] }, "search a.b c\nnameserver 1.1.1.1\noptions rotate\n"],
    [{ search: ["."], options: ["ndots:2"] }, "options ndots:2\nnameserver 1.1.1.1\n"],
  ];
  for (const [resolver, text] of cases) {
    using files = made({ resolvers }, { ...none, ...resolver });
    assert.equal(files.texts.get("/etc/resolv.conf"), text);
  }
});
