import assert from "node:assert/strict";
import { test } from "node:test";
import { answeredDatagrams } from "./slirp-datagrams.ts";

const DNS = { address: "0.0.0.0", hostPort: 53, containerPort: 5353, protocol: "udp" } as const;
const WEB = { hostPort: 80, containerPort: 80, protocol: "tcp" } as const;
const OWN = { ...DNS, address: "127.0.0.1" };

test("datagrams to all addresses go to each of them, and from the loopback by way of the first one", () => {
  assert.deepEqual(answeredDatagrams([DNS, WEB], ["192.0.2.1", "192.0.2.2"]), {
    ports: [{ ...DNS, address: "192.0.2.1" }, { ...DNS, address: "192.0.2.2" }, WEB],
    relays: [{ ...OWN, containerPort: 53, host: "192.0.2.1", from: "192.0.2.1" }],
  });
  assert.throws(() => answeredDatagrams([DNS, OWN], ["192.0.2.1"]), {
    code: "environment-missing",
    message: /127\.0\.0\.1:53\/udp$/,
  });
  assert.deepEqual(answeredDatagrams([DNS], []), { ports: [DNS], relays: [] });
});
