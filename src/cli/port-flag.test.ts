import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePorts } from "./port-flag.ts";

test("a port of this machine is one, a range, or with nothing and with 0 any that is free", () => {
  const ports = (text: string) =>
    parsePorts(text).map(
      ({ address = "", hostPort, containerPort, protocol }) =>
        `${address} ${hostPort} ${containerPort} ${protocol}`,
    );
  const cases: readonly (readonly [string, ...string[]])[] = [
    ["80", " 0 80 tcp"],
    ["0:80", " 0 80 tcp"],
    ["127.0.0.1::80", "127.0.0.1 0 80 tcp"],
    ["127.0.0.1:0:80/udp", "127.0.0.1 0 80 udp"],
    ["[::1]:0:80-81", "::1 0 80 tcp", "::1 0 81 tcp"],
    ["8080-8081:80-81", " 8080 80 tcp", " 8081 81 tcp"],
  ];
  for (const [text, ...wanted] of cases) assert.deepEqual(ports(text), wanted, text);
  for (const text of ["0", "80:0", "0-1:80-81", "1:2:3", "::80", "-1:80", "65536:1"])
    assert.throws(() => ports(text), { code: "user-bad-flag" }, text);
});
