import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { rootCertificates } from "node:tls";
import { commonAuthorities } from "./tls.ts";

test("a file of our own variable has to hold certificates; those of others may be gone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tare-tls-"));
  const [good, junk] = [join(folder, "good.pem"), join(folder, "junk.pem")];
  const [certificate = ""] = rootCertificates;
  writeFileSync(good, certificate);
  writeFileSync(junk, "junk");
  try {
    assert.ok(
      (await commonAuthorities({ SSL_CERT_FILE: "/gone", TARE_EXTRA_CA_CERTS: good })).includes(certificate),
    );
    await assert.rejects(commonAuthorities({ TARE_EXTRA_CA_CERTS: "/gone" }), {
      code: "environment-missing",
      message: /^can not read the file of TARE_EXTRA_CA_CERTS: ENOENT.*\/gone/,
    });
    await assert.rejects(commonAuthorities({ TARE_EXTRA_CA_CERTS: junk }), {
      code: "environment-missing",
      message: /junk\.pem, of TARE_EXTRA_CA_CERTS, holds no certificate$/,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
