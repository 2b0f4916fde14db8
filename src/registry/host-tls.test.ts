import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openHostTls } from "./host-tls.ts";

test("files of certs.d that can not be what they are named for are told, and only to who asks that host", () => {
  const home = mkdtempSync(join(tmpdir(), "tare-host-tls-"));
  const add = (host: string, name: string, text: string) => {
    const folder = join(home, "containers/certs.d", host);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  const pem = "-----BEGIN CERTIFICATE-----\n";
  add("good.test", "ca.crt", pem);
  add("good.test", "us.cert", pem);
  add("good.test", "us.key", pem);
  add("junk.test", "ca.crt", "junk");
  add("half.test", "us.cert", pem);
  const { tlsOf } = openHostTls({ XDG_CONFIG_HOME: home, HOME: "/nowhere" });
  try {
    const client = { certificate: pem, key: pem };
    assert.deepEqual(tlsOf("good.test"), { verify: true, authorities: [pem], client });
    assert.throws(() => tlsOf("junk.test"), {
      code: "user-bad-settings",
      message: /ca\.crt holds nothing in PEM form$/,
    });
    assert.throws(() => tlsOf("half.test"), { code: "user-bad-settings", message: /there is no us\.key$/ });
  } finally {
    rmSync(home, { recursive: true });
  }
});
