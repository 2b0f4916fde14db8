import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TareError } from "../base/index.ts";
import { createHttpClient } from "./http-client.ts";
import { proxiesOf } from "./proxies.ts";

const PROXY = "http://proxy:3128";

test("no_proxy says whom no proxy is asked for, in the forms that programs in Go read", () => {
  const cases: readonly (readonly [entry: string, exempt: readonly string[], proxied: readonly string[]])[] =
    [
      ["*", ["a.b", "[::1]:5"], []],
      ["x, *", ["a.b"], []],
      ["b.c", ["b.c", "a.b.c", "B.C:5000"], ["xb.c", "c", "b.c.d"]],
      [".b.c", ["a.b.c"], ["b.c"]],
      ["*.b.c", ["a.b.c"], ["b.c"]],
      ["b.c:5000 d", ["b.c:5000", "a.b.c:5000", "d"], ["b.c", "b.c:5001"]],
      ["b.c:80", ["b.c"], ["b.c:8080"]],
      ["10.0.0.0/8", ["10.1.2.3:5000"], ["11.0.0.1", "10.0.0.0.a"]],
      ["10.1.2.3", ["10.1.2.3"], ["10.1.2.4", "1.10.1.2"]],
      ["fd00::/8,::1", ["[fd12::1]:5000", "[::1]"], ["[fe80::1]"]],
      ["[::1]:5000", ["[::1]:5000"], ["[::1]:5001"]],
      ["10.0.0.0/99, /8, :, [, .", [], ["10.0.0.1", "a.b"]],
      ["", [], ["a.b"]],
    ];
  for (const [no_proxy, exempt, proxied] of cases) {
    const of = proxiesOf({ http_proxy: PROXY, no_proxy });
    const isProxied = (host: string) => of(new URL(`http://${host}/`)) !== undefined;
    assert.deepEqual([exempt.filter(isProxied), proxied.filter(isProxied)], [[], proxied], no_proxy);
  }
});

test("each kind of address has its own proxy, with or without a scheme; what names none is told with its variable", () => {
  const named = (environment: Readonly<Record<string, string>>, target = "https://a.b/") =>
    proxiesOf(environment)(new URL(target))?.url.href;
  assert.equal(named({ http_proxy: PROXY }), undefined);
  assert.equal(named({ HTTPS_PROXY: PROXY, https_proxy: "" }), `${PROXY}/`);
  assert.equal(named({ http_proxy: "us:pw@proxy:3128" }, "http://a.b/"), "http://us:pw@proxy:3128/");
  assert.equal(named({ https_proxy: "socks5h://proxy:1080" }), "socks5://proxy:1080");
  for (const https_proxy of ["http://[bad", "ftp://proxy", "http://"])
    assert.throws(() => named({ https_proxy }), /^Error: https_proxy names no proxy/);
});

test("a proxy gets plain requests as they are, is told who asks, and what it refuses is told", async () => {
  const seen: string[] = [];
  const expected = `Basic ${Buffer.from("us er:p@%:w").toString("base64")}`;
  await using target = await listening((_, response) => response.end("there"));
  await using proxy = await listening((asked, response) => {
    seen.push(`${asked.method} ${asked.url}`);
    if (asked.headers["proxy-authorization"] !== expected) {
      response.writeHead(407, { "proxy-authenticate": "Basic" });
      return response.end("who?");
    }
    return request(`http://127.0.0.1:${target.port}${new URL(asked.url ?? "").pathname}`, (answer) =>
      answer.pipe(response),
    ).end();
  });
  const host = `127.0.0.1:${proxy.port}`;
  const get = async (http_proxy: string, url: string) => {
    const hints = { unreachable: "", refused: () => "" };
    await using client = createHttpClient({ http_proxy, https_proxy: http_proxy }, hints);
    const parts: Uint8Array[] = [];
    for await (const part of (await client.get(url, {}, new AbortController().signal)).body) parts.push(part);
    return Buffer.concat(parts).toString();
  };
  assert.equal(await get(`us%20er:p%40%:w@${host}`, "http://mirror.invalid/x"), "there");
  assert.deepEqual(seen, ["GET http://mirror.invalid/x"]);
  const isTold = ({ message, facts: { hint, retryable } }: TareError) =>
    message.includes(`the proxy ${host} wants to know who asks`) &&
    hint?.startsWith(`write http://USER:PASSWORD@${host} into http`) === true &&
    retryable !== true;
  await assert.rejects(get(`http://${host}`, "http://mirror.invalid/x"), isTold);
  await assert.rejects(get(`http://us@${host}`, "https://mirror.invalid/x"), isTold);
  // The same proxy for both, by variables of their own.
  const hints = { unreachable: "", refused: () => "" };
  await using client = createHttpClient(
    { http_proxy: `http://${host}`, https_proxy: `http://${host}` },
    hints,
  );
  for (const scheme of ["https", "http"]) {
    const fetched = client.get(`${scheme}://mirror.invalid/x`, {}, new AbortController().signal);
    await assert.rejects(
      fetched,
      ({ facts }: TareError) => facts.hint?.includes(` into ${scheme}_proxy,`) === true,
    );
  }
});

/** A server on this machine; it refuses tunnels as it refuses requests. */
async function listening(answer: Parameters<typeof createServer>[1]) {
  const server = createServer(answer as never).on("connect", (_, socket) =>
    socket.end("HTTP/1.1 407 Who?\r\n\r\n"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
