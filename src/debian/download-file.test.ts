import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type ErrorCode, sha256, TareError } from "../base/index.ts";
import { createHttpClient } from "../net/index.ts";
import { downloadFile, downloadText, MIRROR_HINTS, type WantedFile } from "./download-file.ts";
import { serve, type TestServer } from "./fixtures.ts";

const BYTES = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 31 + (at >> 8)) & 0xff));
const client = createHttpClient({}, MIRROR_HINTS);
after(() => client[Symbol.asyncDispose]());

interface Setup extends AsyncDisposable {
  readonly server: TestServer;
  readonly folder: string;
  fetch(changes?: Partial<WantedFile>, signal?: AbortSignal): Promise<void>;
}

async function setup(): Promise<Setup> {
  const server = await serve();
  server.files.set("/a.deb", BYTES);
  const folder = mkdtempSync(join(tmpdir(), "tare-download-"));
  const wanted: WantedFile = {
    url: `${server.origin}/a.deb`,
    digest: sha256(BYTES),
    size: BYTES.length,
    drafts: folder,
    path: join(folder, "a"),
  };
  return {
    server,
    folder,
    fetch: (changes = {}, signal = new AbortController().signal) =>
      downloadFile({ ...wanted, ...changes }, client, signal),
    async [Symbol.asyncDispose]() {
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The first `times` requests get this answer, the others the file. */
function first(times: number, { server }: Setup, answer: (response: ServerResponse) => void): void {
  let left = times;
  server.misbehave = (_, response) => {
    if (left-- <= 0) return false;
    answer(response);
    return true;
  };
}

function status(code: number): (response: ServerResponse) => void {
  return (response) => response.writeHead(code, { "content-length": 5 }).end("sorry");
}

/** Sends a half, then breaks the connection. */
function breakOff(response: ServerResponse): void {
  response.writeHead(200, { "content-length": BYTES.length });
  response.write(BYTES.subarray(0, BYTES.length / 2), () => response.destroy());
}

function rejects(code: ErrorCode, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TareError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.match(error.message, /\/a\.deb/);
    assert.ok(error.facts.hint, "it has a hint");
    return true;
  };
}

test("a file is fetched with one request and stands alone in its folder", async () => {
  await using it = await setup();
  await it.fetch();
  assert.deepEqual(readdirSync(it.folder), ["a"]);
  assert.equal(readFileSync(join(it.folder, "a")).equals(BYTES), true);
  assert.deepEqual(it.server.asked, ["/a.deb"]);
});

test("a server error is tried again, and the second answer counts", async () => {
  for (const code of [500, 503, 429]) {
    await using it = await setup();
    first(1, it, status(code));
    await it.fetch();
    assert.equal(readFileSync(join(it.folder, "a")).equals(BYTES), true);
    assert.equal(it.server.asked.length, 2);
  }
});

test("a missing file is asked for once", async () => {
  for (const code of [404, 403, 410]) {
    await using it = await setup();
    first(99, it, status(code));
    await assert.rejects(it.fetch(), rejects("registry-refused", new RegExp(`the server answered ${code}`)));
    assert.equal(it.server.asked.length, 1);
    assert.deepEqual(readdirSync(it.folder), []);
  }
});

test("a connection that breaks in the middle is taken up again, whether the server knows ranges or not", async () => {
  for (const ranges of [true, false]) {
    await using it = await setup();
    let broken = 0;
    it.server.misbehave = (_, response, { headers }) => {
      if (broken++ === 0) breakOff(response);
      const from = /^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1];
      if (broken === 1) return true;
      if (!ranges || from === undefined) return false;
      const rest = BYTES.subarray(Number(from));
      const range = `bytes ${from}-${BYTES.length - 1}/${BYTES.length}`;
      response.writeHead(206, { "content-length": rest.length, "content-range": range }).end(rest);
      return true;
    };
    await it.fetch();
    assert.ok(readFileSync(join(it.folder, "a")).equals(BYTES), `ranges: ${ranges}`);
    assert.deepEqual(readdirSync(it.folder), ["a"]);
    assert.equal(it.server.asked.length, 2);
  }
});

test("what goes wrong every time is given up after four requests, and nothing is left of it", async () => {
  const cases: readonly [(response: ServerResponse) => void, ErrorCode, RegExp][] = [
    [status(500), "registry-refused", /the server answered 500/],
    [breakOff, "registry-unreachable", /can not fetch/],
    [
      (response) => response.end(BYTES.subarray(0, 1000)),
      "integrity-digest",
      /ends after 1000 of 200000 bytes/,
    ],
  ];
  await Promise.all(
    cases.map(async ([answer, code, message]) => {
      await using it = await setup();
      first(99, it, answer);
      await assert.rejects(it.fetch(), rejects(code, message));
      assert.equal(it.server.asked.length, 4);
      assert.deepEqual(readdirSync(it.folder), []);
    }),
  );
});

test("an end that comes too early, with no length announced, is tried again", async () => {
  await using it = await setup();
  first(1, it, (response) => response.end(BYTES.subarray(0, 1000)));
  await it.fetch();
  assert.equal(readFileSync(join(it.folder, "a")).equals(BYTES), true);
  assert.equal(it.server.asked.length, 2);
});

test("a file of the right length with another content is refused at once", async () => {
  await using it = await setup();
  it.server.files.set("/a.deb", Buffer.alloc(BYTES.length));
  await assert.rejects(it.fetch(), rejects("integrity-digest", /but should have sha256:[0-9a-f]{64}$/));
  assert.equal(it.server.asked.length, 1);
  assert.deepEqual(readdirSync(it.folder), []);
});

test("a file that is longer than it should be is refused before its end", async () => {
  await using it = await setup();
  let sent = 0;
  it.server.misbehave = (_, response) => {
    response.writeHead(200);
    const more = () => {
      if (response.destroyed || sent > 500 << 20) return response.end();
      sent += BYTES.length;
      response.write(BYTES, more);
    };
    more();
    return true;
  };
  await assert.rejects(it.fetch(), rejects("integrity-digest", /longer than the 200000 bytes/));
  assert.equal(sent < 100 << 20, true);
  assert.deepEqual(readdirSync(it.folder), []);
});

test("a redirect is followed, a circle of them is not", async () => {
  await using it = await setup();
  it.server.misbehave = (path, response) => {
    if (path === "/real.deb") return false;
    response.writeHead(302, { location: path === "/a.deb" ? "/real.deb" : "/a/a.deb" }).end();
    return true;
  };
  it.server.files.set("/real.deb", BYTES);
  await it.fetch();
  assert.deepEqual(it.server.asked, ["/a.deb", "/real.deb"]);
  const circle = it.fetch({ url: `${it.server.origin}/b.deb`, path: join(it.folder, "b") });
  await assert.rejects(circle, rejects("registry-refused", /redirected too often/));
  assert.deepEqual(readdirSync(it.folder), ["a"]);
});

test("a download that is cancelled says so, whenever that is, and leaves nothing", async () => {
  await using it = await setup();
  const before = AbortSignal.abort();
  await assert.rejects(it.fetch({}, before), { code: "user-cancelled" });
  assert.equal(it.server.asked.length, 0);
  const during = new AbortController();
  it.server.misbehave = (_, response) => {
    response.writeHead(200, { "content-length": BYTES.length });
    response.write(BYTES.subarray(0, 1000), () => during.abort());
    return true;
  };
  await assert.rejects(it.fetch({}, during.signal), { code: "user-cancelled" });
  const waiting = new AbortController();
  it.server.misbehave = (_, response) => {
    status(500)(response);
    setTimeout(() => waiting.abort(), 20);
    return true;
  };
  await assert.rejects(it.fetch({}, waiting.signal), { code: "user-cancelled" });
  assert.deepEqual(readdirSync(it.folder), []);
});

test("a server that is not there is named with what to check", async () => {
  await using it = await setup();
  await it.server.close();
  await assert.rejects(it.fetch(), rejects("registry-unreachable", /can not fetch http:\/\/127\.0\.0\.1/));
});

test("a text is fetched up to its limit", async () => {
  await using it = await setup();
  it.server.files.set("/a.deb", Buffer.from("Grüße\n"));
  const { signal } = new AbortController();
  const url = `${it.server.origin}/a.deb`;
  assert.equal(await downloadText({ url, limit: 8 }, client, signal), "Grüße\n");
  await assert.rejects(
    downloadText({ url, limit: 7 }, client, signal),
    rejects("integrity-digest", /longer/),
  );
});
