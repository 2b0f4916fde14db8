import assert from "node:assert/strict";
import { test } from "node:test";
import { isSecretName } from "./secret-name.ts";

test("a secret is known by a whole word of its name, unless another word says that it is none", () => {
  for (const name of ["TOKEN", "npm_token", "API_KEY", "apikey", "DB_PASSWORD_1"])
    assert.equal(isSecretName(name), true, name);
  for (const name of ["", "TOKENS", "KEYBOARD", "PUBLIC_KEY", "TOKEN_FILE", "secret_version", "PATH"])
    assert.equal(isSecretName(name), false, name);
});
