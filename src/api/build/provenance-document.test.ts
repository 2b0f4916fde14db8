import assert from "node:assert/strict";
import { test } from "node:test";
import { parametersOf } from "./provenance-document.ts";

test("what a build was asked for tells the arguments, and of proxies not how somebody signs in to them", () => {
  const buildArgs = {
    http_proxy: "http://user:pass@proxy.corp.io:3128/",
    HTTPS_PROXY: "user:p/ss@proxy.corp.io:3128",
    All_Proxy: "socks5://user@proxy.corp.io",
    NO_PROXY: "localhost,.corp.io",
    VERSION: "user@1",
  };
  const dockerfile = { source: "FROM a", file: "Dockerfile" };
  const asked = { buildArgs, target: "final", dockerfile } as unknown as Parameters<typeof parametersOf>[0];
  assert.deepEqual(parametersOf(asked, "max"), {
    target: "final",
    dockerfile: "FROM a",
    args: {
      http_proxy: "http://xxxxx:xxxxx@proxy.corp.io:3128/",
      HTTPS_PROXY: "xxxxx:xxxxx@proxy.corp.io:3128",
      All_Proxy: "socks5://xxxxx:xxxxx@proxy.corp.io",
      NO_PROXY: "localhost,.corp.io",
      VERSION: "user@1",
    },
  });
  assert.deepEqual(parametersOf(asked, "min"), { target: "final" });
});
