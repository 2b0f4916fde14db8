import assert from "node:assert/strict";
import { test } from "node:test";
import { proxyVariables } from "./given-values.ts";

test("build arguments for proxies are variables of steps in both cases, the lower one of two given wins", () => {
  assert.deepEqual(proxyVariables({ A: "1", HTTP_PROXY: "http://u", no_proxy: "x", ALL_PROXY: "" }), [
    "HTTP_PROXY=http://u",
    "http_proxy=http://u",
    "NO_PROXY=x",
    "no_proxy=x",
  ]);
  assert.deepEqual(proxyVariables({ http_proxy: "lower", HTTP_PROXY: "upper" }), [
    "HTTP_PROXY=lower",
    "http_proxy=lower",
  ]);
  assert.deepEqual(proxyVariables({ HTTP_PROXY: "upper", http_proxy: "" }), []);
});

test("proxies are variables of steps in the order of the reference", () => {
  const names = ["ALL_PROXY", "NO_PROXY", "FTP_PROXY", "HTTPS_PROXY", "HTTP_PROXY"];
  const given = Object.fromEntries(names.map((name) => [name, "x"]));
  assert.deepEqual(
    proxyVariables(given).filter((pair) => pair < "a"),
    names.reverse().map((name) => `${name}=x`),
  );
});
