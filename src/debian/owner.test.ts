import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { createHttpClient } from "../net/index.ts";
import { MIRROR_HINTS } from "./download-file.ts";
import { makeKey, publishSuite, serve } from "./fixtures.ts";
import { findOwners, type Owner, searchContents } from "./owner.ts";

const CONTENTS = `usr/lib/x86_64-linux-gnu/libpcre2-8.so.0              libs/libpcre2-8-0
usr/lib/x86_64-linux-gnu/libpcre2-8.so.0.11.2         libs/libpcre2-8-0
usr/lib/app/private/libpcre2-8.so.0                   contrib/net/app
lib/x86_64-linux-gnu/libc.so.6                        libs/libc6
usr/lib/a folder/a file                               misc/one,misc/two
usr/lib/xlibc.so.6                                    misc/wrong
bin/sh                                                shells/dash`;

async function owners(
  text: string,
  files: readonly string[],
  chunk = 7,
): Promise<Readonly<Record<string, readonly Owner[]>>> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  }
  const found = new Map<string, Owner[]>(files.map((file) => [file, []]));
  await searchContents(chunks(), files, found);
  return Object.fromEntries(found);
}

test("a path has the packages that its line names, a name those of any folder", async () => {
  assert.deepEqual(
    await owners(CONTENTS, ["usr/lib/x86_64-linux-gnu/libpcre2-8.so.0", "libpcre2-8.so.0", "gone"]),
    {
      "usr/lib/x86_64-linux-gnu/libpcre2-8.so.0": [
        { package: "libpcre2-8-0", path: "usr/lib/x86_64-linux-gnu/libpcre2-8.so.0" },
      ],
      "libpcre2-8.so.0": [
        { package: "libpcre2-8-0", path: "usr/lib/x86_64-linux-gnu/libpcre2-8.so.0" },
        { package: "app", path: "usr/lib/app/private/libpcre2-8.so.0" },
      ],
      gone: [],
    },
  );
});

test("links of the root into /usr, slashes in front and blanks in a path do not hide a file", async () => {
  const found = await owners(CONTENTS, [
    "/usr/lib/x86_64-linux-gnu/libc.so.6",
    "*/libc.so.6",
    "/bin/sh",
    "usr/lib/a folder/a file",
  ]);
  const libc = [{ package: "libc6", path: "usr/lib/x86_64-linux-gnu/libc.so.6" }];
  const path = "usr/lib/a folder/a file";
  assert.deepEqual(found, {
    "/usr/lib/x86_64-linux-gnu/libc.so.6": libc,
    "*/libc.so.6": libc,
    "/bin/sh": [{ package: "dash", path: "usr/bin/sh" }],
    [path]: [
      { package: "one", path },
      { package: "two", path },
    ],
  });
});

test("it does not matter where an index is cut while it is read", async () => {
  const files = ["libpcre2-8.so.0", "bin/sh", "a file"];
  const whole = await owners(CONTENTS, files, 1 << 20);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 200 }), async (chunk) => {
      assert.deepEqual(await owners(CONTENTS, files, chunk), whole);
    }),
  );
});

test("what is no index has no owners, even with a line that does not end", async () => {
  assert.deepEqual(await owners("x\n\n libc.so.6\nlibc.so.6\n", ["libc.so.6"]), { "libc.so.6": [] });
  const long = `${"x".repeat(3 << 20)}\nusr/libc.so.6 libs/libc6\n`;
  const found = await owners(long, ["libc.so.6"], 1 << 16);
  assert.equal(found["libc.so.6"]?.length, 1);
});

test("the signed indexes of all suites are asked, those for all architectures only where they are needed", async () => {
  const [key, server] = [await makeKey(), await serve()];
  const cache = mkdtempSync(join(tmpdir(), "tare-owner-"));
  const client = createHttpClient({}, MIRROR_HINTS);
  try {
    const common = { repository: "/debian", key, components: { main: {} } };
    const contents = { "main/Contents-amd64": CONTENTS, "main/Contents-all": "usr/share/data  misc/data\n" };
    await publishSuite(server, { ...common, suite: "trixie", contents });
    const more = { "main/Contents-amd64": "usr/lib/libpcre2-8.so.0  libs/newer\n" };
    await publishSuite(server, { ...common, suite: "trixie-updates", contents: more });
    await publishSuite(server, { ...common, suite: "trixie-odd", contents: more });
    server.files.delete("/debian/dists/trixie-odd/main/Contents-amd64.gz");
    const suites = ["trixie", "trixie-updates", "trixie-odd"];
    const source = {
      id: "debian",
      uri: `${server.origin}/debian`,
      suites,
      components: ["main"],
      keyring: key.publicKey,
    };
    const access = { client, cache, refresh: false, now: Date.UTC(2026, 0, 15) };
    const find = (...files: readonly string[]) =>
      findOwners({ sources: [source], architecture: "amd64", files }, access, new AbortController().signal);
    assert.deepEqual(
      (await find("libpcre2-8.so.0")).get("libpcre2-8.so.0")?.map((owner) => owner.package),
      ["newer", "libpcre2-8-0", "app"],
    );
    const all = () => server.asked.filter((path) => path.includes("Contents-all")).length;
    assert.equal(all(), 0);
    const found = await find("bin/sh", "usr/share/data");
    assert.deepEqual(
      [...found.values()].flat().map((owner) => owner.package),
      ["dash", "data"],
    );
    assert.equal(all(), 1);
    server.files.set("/debian/dists/trixie/main/Contents-amd64.gz", Buffer.from("changed"));
    rmSync(cache, { recursive: true });
    await assert.rejects(find("bin/sh"), { code: "integrity-digest" });
  } finally {
    await client[Symbol.asyncDispose]();
    await server.close();
    rmSync(cache, { recursive: true, force: true });
  }
});
