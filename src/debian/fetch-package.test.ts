import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { rejects } from "../base/fixtures.ts";
import { sha256, TareError } from "../base/index.ts";
import { createHttpClient } from "../net/index.ts";
import { MIRROR_HINTS } from "./download-file.ts";
import { makeDeb, serve, type TestServer } from "./fixtures.ts";
import type { RepositoryAccess } from "./release-files.ts";
import { fetchPackage } from "./repository.ts";
import type { PackageFile } from "./resolved.ts";
import type { Source } from "./source.ts";

const SIGNAL = new AbortController().signal;
const BYTES = await makeDeb("tools", "2");
const client = createHttpClient({}, MIRROR_HINTS);
after(() => client[Symbol.asyncDispose]());

interface Setup extends AsyncDisposable {
  readonly server: TestServer;
  readonly access: RepositoryAccess;
  readonly sources: readonly Source[];
  /** What a lock says of a package that the server has. */
  readonly locked: PackageFile;
}

async function setup(): Promise<Setup> {
  const server = await serve();
  const path = "pool/tools_2.deb";
  server.files.set(`/debian/${path}`, BYTES);
  const cache = mkdtempSync(join(tmpdir(), "tare-fetch-"));
  const uri = `${server.origin}/debian`;
  return {
    server,
    access: { client, cache, refresh: false, now: 0 },
    sources: [{ id: "debian", uri, suites: ["trixie"], components: ["main"] }],
    locked: { repository: "debian", path, size: BYTES.length, sha256: sha256(BYTES) },
    async [Symbol.asyncDispose]() {
      await server.close();
      rmSync(cache, { recursive: true });
    },
  };
}

test("a locked package needs neither its source nor the network once it is in the cache", async () => {
  await using it = await setup();
  const get = (sources: readonly Source[], changes: Partial<PackageFile> = {}) =>
    fetchPackage({ ...it.locked, ...changes }, { access: it.access, sources }, SIGNAL);
  await assert.rejects(
    get([]),
    rejects("resolve-package", /pool\/tools_2\.deb is from a source debian, which is not there/),
  );
  assert.equal((await get(it.sources)).equals(BYTES), true);
  await it.server.close();
  assert.equal((await get([])).equals(BYTES), true);
  await assert.rejects(
    get(it.sources, { sha256: sha256("other") }),
    rejects("registry-unreachable", /tools_2\.deb/),
  );
});

test("a locked package that the mirror has no more, or in another size, is told by its file", async () => {
  await using it = await setup();
  const { access, sources } = it;
  const get = (changes: Partial<PackageFile>) =>
    fetchPackage({ ...it.locked, ...changes }, { access, sources }, SIGNAL);
  await assert.rejects(get({ path: "pool/tools_1.deb" }), (error) => {
    assert.ok(error instanceof TareError);
    assert.match(error.message, /pool\/tools_1\.deb: the server answered 404/);
    assert.match(
      error.facts.hint ?? "",
      /no longer has this version.*tare base update.*snapshot.*--debian-mirror/,
    );
    return true;
  });
  const { size } = it.locked;
  await assert.rejects(get({ size: size - 1 }), rejects("integrity-digest", /tools_2\.deb is longer/));
  await assert.rejects(get({ size: size + 1 }), rejects("integrity-digest", /tools_2\.deb ends after/));
  await assert.rejects(get({ sha256: sha256("other") }), rejects("integrity-digest", /but should have/));
  assert.deepEqual(readdirSync(access.cache), []);
});
