import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import type { ErrorCode } from "../base/index.ts";
import { type DebContent, MAIN, makeKey, RELEASE, tarFile } from "../debian/fixtures.ts";
import { type Kitchen, NOW, openKitchen, recipeOf, refuses, storeListing } from "./fixtures.ts";

const DEBS: readonly DebContent[] = [
  { name: "app", fields: { Depends: "lib" }, data: [tarFile("./etc/app", "app")] },
  { name: "lib", data: [tarFile("./etc/lib", "lib")] },
];
const RECIPE = recipeOf({ packages: ["app"] });
const DEB = "/debian/pool/app_1.deb";

function change(kitchen: Kitchen, path: string, edit: (bytes: Buffer) => Buffer): void {
  const bytes = kitchen.server.files.get(path);
  assert.ok(bytes, path);
  kitchen.server.files.set(path, edit(Buffer.from(bytes)));
}

function flipped(bytes: Buffer): Buffer {
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
  return bytes;
}

async function edited(kitchen: Kitchen, edit: (text: string) => string): Promise<void> {
  const text = (kitchen.server.files.get(RELEASE) as Buffer).toString();
  const signed = /\n\n([\s\S]*?)\n-----BEGIN PGP SIGNATURE/.exec(text)?.[1] as string;
  kitchen.server.files.set(RELEASE, Buffer.from(await kitchen.key.sign(`${edit(signed)}\n`)));
}

const at = (day: number) => new Date(NOW + day * 86_400_000).toUTCString();

/** What somebody on the way could do, and which file the error names. */
const TAMPERINGS: Readonly<
  Record<string, readonly [(kitchen: Kitchen) => Promise<void> | void, ErrorCode, RegExp]>
> = {
  "another key's signature": [
    async (kitchen) => {
      const key = await makeKey();
      await kitchen.publish(DEBS, { key });
    },
    "integrity-signature",
    /\/InRelease is not signed by any of/,
  ],
  "a signature of another text": [
    (kitchen) =>
      change(kitchen, RELEASE, (bytes) => Buffer.from(bytes.toString().replace("trixie", "trixif"))),
    "integrity-signature",
    /\/trixie\/InRelease is not/,
  ],
  "a release of another suite": [
    (kitchen) =>
      change(
        kitchen,
        RELEASE,
        () => kitchen.server.files.get(RELEASE.replace("trixie", "trixie-updates")) as Buffer,
      ),
    "integrity-signature",
    /\/dists\/trixie\/InRelease is signed for the suite trixie-updates$/,
  ],
  "a list with one changed byte": [
    (kitchen) => change(kitchen, MAIN, flipped),
    "integrity-digest",
    /\/main\/binary-amd64\/Packages\.xz has digest /,
  ],
  "a list that is cut off": [
    (kitchen) => change(kitchen, MAIN, (bytes) => bytes.subarray(0, -8)),
    "integrity-digest",
    /\/main\/binary-amd64\/Packages\.xz ends after /,
  ],
  "a list that is longer": [
    (kitchen) => change(kitchen, MAIN, (bytes) => Buffer.concat([bytes, Buffer.alloc(1 << 20)])),
    "integrity-digest",
    /\/main\/binary-amd64\/Packages\.xz is longer than /,
  ],
  "a package with one changed byte": [
    (kitchen) => change(kitchen, DEB, flipped),
    "integrity-digest",
    /\/debian\/pool\/app_1\.deb has digest /,
  ],
  "a package that is longer": [
    (kitchen) => change(kitchen, DEB, (bytes) => Buffer.concat([bytes, bytes])),
    "integrity-digest",
    /\/debian\/pool\/app_1\.deb is longer than /,
  ],
  "a package that is shorter": [
    (kitchen) => change(kitchen, DEB, (bytes) => bytes.subarray(0, -1)),
    "integrity-digest",
    /\/debian\/pool\/app_1\.deb ends after /,
  ],
  "another package in its place": [
    (kitchen) => change(kitchen, DEB, () => kitchen.server.files.get("/debian/pool/lib_1.deb") as Buffer),
    "integrity-digest",
    /\/debian\/pool\/app_1\.deb /,
  ],
  "a signed list that calls one package by another's name": [
    (kitchen) =>
      kitchen.publish([DEBS[1] as DebContent, { ...(DEBS[0] as DebContent), fields: { Package: "other" } }]),
    "resolve-package",
    /app/,
  ],
  "a release that has expired": [
    (kitchen) => edited(kitchen, (text) => `Valid-Until: ${at(-1)}\n${text}`),
    "integrity-signature",
    /\/dists\/trixie\/InRelease has expired at /,
  ],
  "a release from the far future": [
    (kitchen) => edited(kitchen, (text) => `Date: ${at(30)}\n${text}`),
    "integrity-signature",
    /\/dists\/trixie\/InRelease is dated in the future: /,
  ],
  "a date that can not be read": [
    (kitchen) => edited(kitchen, (text) => `Valid-Until: never\n${text}`),
    "integrity-signature",
    /\/dists\/trixie\/InRelease has expired at never$/,
  ],
};

for (const [name, [tamper, code, message]] of Object.entries(TAMPERINGS))
  test(`${name} stops with an error that names the file, and nothing of it is in the store`, async () => {
    await using kitchen = await openKitchen(DEBS);
    const before = storeListing(kitchen.store);
    await tamper(kitchen);
    await assert.rejects(kitchen.compose(RECIPE), refuses(code, message));
    if (!message.source.includes("pool")) assert.deepEqual(storeListing(kitchen.store), before);
    await assertNothingOf(kitchen);
  });

/** The other package may have come before the error; of the one that is wrong there is nothing. */
async function assertNothingOf({ store, server, lock, compose, publish }: Kitchen): Promise<void> {
  for (const digest of await store.blobs.list()) {
    const text = [];
    for await (const chunk of store.blobs.get(digest)) text.push(Buffer.from(chunk).toString("latin1"));
    assert.doesNotMatch(text.join(""), /etc\/app/);
  }
  server.files.clear();
  await publish(DEBS);
  rmSync(`${store.root}/packages/lists`, { recursive: true, force: true });
  assert.equal(
    (await compose(RECIPE, { locked: await lock(RECIPE) })).length,
    3,
    "it composes when all is well",
  );
}

test("an expired release still serves what it was resolved to before, and dates within a day of the clock do", async () => {
  await using kitchen = await openKitchen(DEBS);
  await edited(kitchen, (text) => `Date: ${at(0.9)}\nValid-Until: ${at(1)}\n${text}`);
  const locked = await kitchen.lock(RECIPE);
  await edited(kitchen, (text) => text.replace(/Valid-Until: .*/, `Valid-Until: ${at(-1)}`));
  await assert.rejects(
    kitchen.lock(RECIPE, { refresh: true }),
    refuses("integrity-signature", /InRelease has expired at /),
  );
  assert.equal((await kitchen.compose(RECIPE, { locked })).length, 3);
});
