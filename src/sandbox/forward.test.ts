import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { openForwards } from "./forward.ts";

const LOCAL = "127.0.0.1";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, LOCAL);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await once(server.close(), "close");
  return port;
}

test("a stream is passed on both ways, also when one side has said all", async () => {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let heard = 0;
    socket.on("data", (chunk) => {
      heard += chunk.length;
    });
    socket.on("end", () => socket.end(`heard ${heard}`));
  }).listen(0, LOCAL);
  await once(server, "listening");
  const hostPort = await freePort();
  const containerPort = (server.address() as AddressInfo).port;
  {
    await using _open = await openForwards([{ address: LOCAL, hostPort, containerPort, protocol: "tcp" }]);
    for (const size of [3, 1 << 20]) {
      const socket = connect(hostPort, LOCAL);
      socket.end("x".repeat(size));
      assert.equal(await text(socket), `heard ${size}`);
    }
    await once(server.close(), "close");
    const refused = connect(hostPort, LOCAL);
    assert.equal(await text(refused).catch(() => ""), "");
  }
  await assert.rejects(once(connect(hostPort, LOCAL), "connect"), { code: "ECONNREFUSED" });
});

test("answers to datagrams find back to who has sent them", async () => {
  const server = createSocket("udp4");
  server
    .on("message", (message, { port, address }) => server.send(`re: ${message}`, port, address))
    .bind(0, LOCAL);
  await once(server, "listening");
  const hostPort = await freePort();
  const containerPort = server.address().port;
  await using _open = await openForwards([{ address: LOCAL, hostPort, containerPort, protocol: "udp" }]);
  const clients = ["one", "two"].map((name) => ({ name, socket: createSocket("udp4") }));
  const answers = clients.map(async ({ name, socket }) => {
    const said = once(socket, "message");
    socket.send(name, hostPort, LOCAL);
    return String((await said)[0]);
  });
  assert.deepEqual(await Promise.all(answers), ["re: one", "re: two"]);
  for (const { socket } of clients) socket.close();
  server.close();
});

test("all addresses of either version of IP are places of their own", async () => {
  const hostPort = await freePort();
  for (const protocol of ["tcp", "udp"] as const) {
    const port = { hostPort, containerPort: 1, protocol };
    const hasIpv6 = networkInterfaces().lo?.some(({ family }) => family === "IPv6");
    const addresses = ["0.0.0.0", ...(hasIpv6 ? ["::"] : [])];
    await using _open = await openForwards(addresses.map((address) => ({ ...port, address })));
    for (const address of addresses)
      await assert.rejects(openForwards([{ ...port, address }]), { code: "EADDRINUSE" });
  }
});

test("what can not be opened leaves nothing open", async () => {
  const taken = createServer().listen(0, LOCAL);
  await once(taken, "listening");
  const free = await freePort();
  const port = (hostPort: number) =>
    ({ address: LOCAL, hostPort, containerPort: 1, protocol: "tcp" }) as const;
  await assert.rejects(openForwards([port(free), port((taken.address() as AddressInfo).port)]), {
    code: "EADDRINUSE",
  });
  await using _again = await openForwards([port(free)]);
  await once(taken.close(), "close");
});
