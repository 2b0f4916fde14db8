import assert from "node:assert/strict";
import { createServer as createHttp } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import type { TareError } from "../base/index.ts";
import { createHttpClient } from "./http-client.ts";
import { ProxyFault } from "./proxies.ts";
import { openTunnel } from "./socks.ts";

test("a SOCKS5 proxy is asked for names and addresses of either kind, and nothing is printed", async () => {
  await using target = await listening(createHttp((asked, response) => response.end(asked.headers.host)));
  const asked: string[] = [];
  await using proxy = await listening(socksServer({ asked, target: target.port }));
  const urls = ["http://registry.invalid/v2/", "http://10.0.0.1:5000/", "http://[fd00::1:2]:5001/"];
  const warnings: Error[] = [];
  const warn = (warning: Error) => void warnings.push(warning);
  process.on("warning", warn);
  const told: string[] = [];
  for (const url of urls) told.push(await get({ http_proxy: `socks5h://127.0.0.1:${proxy.port}` }, url));
  process.off("warning", warn);
  assert.deepEqual(asked, ["registry.invalid:80", "10.0.0.1:5000", "fd00::1:2:5001"]);
  assert.deepEqual(told, ["registry.invalid", "10.0.0.1:5000", "[fd00::1:2]:5001"]);
  assert.deepEqual(warnings, []);
});

test("a SOCKS5 proxy is told who asks, and what it refuses is told without the password", async () => {
  await using target = await listening(createHttp((_, response) => response.end("there")));
  await using proxy = await listening(socksServer({ asked: [], target: target.port, who: "us er:p@%:wö" }));
  await using closed = await listening(socksServer({ asked: [], target: target.port, refuses: 5 }));
  await using forbidding = await listening(socksServer({ asked: [], target: target.port, refuses: 2 }));
  await using web = await listening(createHttp());
  await using mute = await listening(createServer((socket) => socket.destroy()));
  const host = `127.0.0.1:${proxy.port}`;
  const fetched = (http_proxy: string) => get({ http_proxy }, "http://a.invalid/");
  assert.equal(await fetched(`socks5://us%20er:p%40%:w%C3%B6@${host}`), "there");
  const told: readonly (readonly [proxy: string, message: RegExp, retryable: boolean])[] = [
    [`socks5://us:sesame@${host}`, /: the proxy .* wants to know who asks$/, false],
    [`socks5://${host}`, /: the proxy .* wants to know who asks$/, false],
    [
      `socks5://127.0.0.1:${closed.port}`,
      /: the proxy .* does not connect: the connection was refused$/,
      true,
    ],
    [`socks5://127.0.0.1:${forbidding.port}`, /: the proxy .* does not connect: its rules forbid it$/, false],
    [`socks5://127.0.0.1:${web.port}`, /: what answers at .* is no SOCKS5 proxy$/, false],
    [`socks5://127.0.0.1:${mute.port}`, /: the proxy hung up$/, true],
    [
      "socks5://us:sesame@127.0.0.1:1",
      /: the proxy 127.0.0.1:1 can not be reached: connect ECONNREFUSED/,
      true,
    ],
    [
      "http://us:sesame@127.0.0.1:1",
      /: the proxy 127.0.0.1:1 can not be reached: connect ECONNREFUSED/,
      true,
    ],
  ];
  for (const [address, message, retryable] of told)
    await assert.rejects(fetched(address), (error: TareError) => {
      assert.match(error.message, message);
      assert.equal(error.facts.retryable === true, retryable, error.message);
      assert.doesNotMatch(JSON.stringify([error.message, error.facts]), /sesame/);
      return true;
    });
});

async function get(environment: Readonly<Record<string, string>>, url: string): Promise<string> {
  await using client = createHttpClient(environment, { unreachable: "", refused: () => "" });
  const parts: Uint8Array[] = [];
  for await (const part of (await client.get(url, {}, new AbortController().signal)).body) parts.push(part);
  return Buffer.concat(parts).toString();
}

test("a proxy that answers something else, or not all of it, is named, and nothing of that is taken for the host's", async () => {
  const told: readonly (readonly [readonly number[], RegExp])[] = [
    [[], /the proxy 127\.0\.0\.1:\d+ makes no connection: the proxy hung up/],
    [[5, 0, 5], /makes no connection: the proxy hung up/],
    [[5, 0, 5, 0, 0, 3, 200, 1], /makes no connection: the proxy hung up/],
    [[5, 0, 4, 0, 0, 1, 1, 2, 3, 4, 0, 80], /is no SOCKS5 proxy/],
    [[5, 0, 5, 0, 0, 2, 1, 2, 3, 4, 0, 80], /is no SOCKS5 proxy/],
  ];
  for (const [answer, message] of told) {
    const server = createServer(
      (socket) => void socket.on("error", () => undefined).end(Buffer.from(answer)),
    );
    await using proxy = await listening(server);
    const url = new URL(`socks5://127.0.0.1:${proxy.port}`);
    await assert.rejects(
      openTunnel(
        { url, variable: "https_proxy" },
        { host: "example.test", port: 443 },
        new AbortController().signal,
      ),
      (error) => error instanceof ProxyFault && message.test(error.message),
      String(answer),
    );
  }
});

test("a proxy that says nothing is left as soon as nobody waits for it", async () => {
  let left: (() => void) | undefined;
  const gone = new Promise<void>((resolve) => {
    left = resolve;
  });
  const stop = new AbortController();
  const server = createServer((socket) => {
    socket.on("error", () => undefined).on("close", () => left?.());
    socket.once("data", () => stop.abort());
  });
  await using proxy = await listening(server);
  const client = createHttpClient(
    { http_proxy: `socks5://127.0.0.1:${proxy.port}` },
    { unreachable: "", refused: () => "" },
  );
  await assert.rejects(client.get("http://example.test/", {}, stop.signal));
  await client[Symbol.asyncDispose]();
  await gone;
});

/** A SOCKS5 proxy that leads to a port of this machine, whatever it is asked for. */
function socksServer(rules: {
  readonly asked: string[];
  readonly target: number;
  readonly who?: string;
  readonly refuses?: number;
}) {
  return createServer(async (socket) => {
    socket.on("error", () => undefined);
    const wanted = rules.who === undefined ? 0 : 2;
    const ways = await message(socket, (bytes) => 2 + (bytes[1] ?? 0));
    if (!ways.subarray(2).includes(wanted)) return void socket.end(Buffer.from([5, 0xff]));
    socket.write(Buffer.from([5, wanted]));
    if (wanted === 2) {
      const said = await message(socket, (bytes) => 3 + (bytes[1] ?? 0) + (bytes[2 + (bytes[1] ?? 0)] ?? 0));
      const [name, password] = [said.subarray(2, 2 + (said[1] ?? 0)), said.subarray(3 + (said[1] ?? 0))];
      const isRight = `${name}:${password}` === rules.who;
      socket.write(Buffer.from([1, isRight ? 0 : 1]));
      if (!isRight) return void socket.end();
    }
    const size = (bytes: Buffer) => 6 + ({ 1: 4, 4: 16 }[bytes[3] ?? 0] ?? 1 + (bytes[4] ?? 0));
    rules.asked.push(placeOf(await message(socket, size)));
    // In two parts, as a network may bring it.
    socket.write(Buffer.from([5, rules.refuses ?? 0, 0]));
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(Buffer.from([3, 1, 120, 0, 0]));
    if (rules.refuses) return void socket.end();
    const onward = connect(rules.target, "127.0.0.1");
    onward.pipe(socket).pipe(onward);
  });
}

async function message(socket: Socket, size: (bytes: Buffer) => number): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    bytes = Buffer.concat([bytes, (socket.read() as Buffer | null) ?? Buffer.alloc(0)]);
    if (bytes.length > 2 && bytes.length >= size(bytes)) return bytes;
    await new Promise((resolve) => socket.once("readable", resolve));
  }
}

function placeOf(bytes: Buffer): string {
  const address = bytes.subarray(4, -2);
  const groups = () => Array.from({ length: 8 }, (_, index) => address.readUInt16BE(2 * index).toString(16));
  const host = {
    1: () => address.join("."),
    3: () => address.subarray(1).toString(),
    4: () => groups().join(":"),
  };
  const name = host[bytes[3] as 1 | 3 | 4]();
  return `${name.replace(/(:0)+:/, "::")}:${bytes.readUInt16BE(bytes.length - 2)}`;
}

async function listening(server: import("node:net").Server) {
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => open.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
