import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { rootCertificates } from "node:tls";
import { javaKeyStore } from "./java-keystore.ts";
import { derOf } from "./pem.ts";

const hasKeytool = spawnSync("keytool", ["-help"]).error === undefined;
if (!hasKeytool && process.env.CI) throw new Error("keytool is missing");

test("a store of two certificates has every byte in its place", () => {
  const store = Buffer.from(javaKeyStore([Buffer.from("one"), Buffer.from("three")]));
  const entry = (alias: string, content: string) =>
    [
      "00000002",
      "0006",
      Buffer.from(alias).toString("hex"),
      "0000000000000000",
      "0005",
      Buffer.from("X.509").toString("hex"),
      `0000000${content.length}`,
      Buffer.from(content).toString("hex"),
    ].join("");
  const body = `feedfeed0000000200000002${entry("tare-0", "one")}${entry("tare-1", "three")}`;
  assert.equal(store.subarray(0, -20).toString("hex"), body);
  const password = Buffer.from("\0c\0h\0a\0n\0g\0e\0i\0t", "latin1");
  const digest = createHash("sha1")
    .update(Buffer.concat([password, Buffer.from("Mighty Aphrodite"), Buffer.from(body, "hex")]))
    .digest("hex");
  assert.equal(store.subarray(-20).toString("hex"), digest);
});

test("a store of nothing is one too, and the same gives the same", () => {
  assert.equal(javaKeyStore([]).length, 12 + 20);
  assert.deepEqual(javaKeyStore([Buffer.of(1)]), javaKeyStore([Buffer.of(1)]));
});

test("Java reads it, with the password of its own store", {
  skip: !hasKeytool && "keytool is missing",
}, () => {
  const folder = mkdtempSync(join(tmpdir(), "tare-keystore-"));
  try {
    const certificates = rootCertificates.slice(0, 3).map(derOf);
    const path = join(folder, "java.jks");
    writeFileSync(path, javaKeyStore(certificates));
    const args = ["-list", "-keystore", path, "-storetype", "JKS", "-storepass", "changeit"];
    const text = execFileSync("keytool", ["-J-Duser.language=en", ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const aliases = [...text.matchAll(/^(tare-\d), .*trustedCertEntry/gm)].map((match) => match[1]);
    assert.deepEqual(aliases.toSorted(), ["tare-0", "tare-1", "tare-2"]);
    const prints = [...text.matchAll(/SHA-256\): ([0-9A-F:]+)/g)].map((match) =>
      match[1]?.replaceAll(":", ""),
    );
    const wanted = certificates.map((der) => createHash("sha256").update(der).digest("hex").toUpperCase());
    assert.deepEqual(prints.toSorted(), wanted.toSorted());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
