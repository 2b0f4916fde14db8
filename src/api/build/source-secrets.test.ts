import assert from "node:assert/strict";
import { test } from "node:test";
import { gitAccess, httpAuthorization } from "./source-secrets.ts";

function secretsOf(values: Readonly<Record<string, string>>) {
  const encoded = Object.entries(values).map(([id, value]) => [id, Buffer.from(value).toString("base64")]);
  return { secrets: Object.fromEntries(encoded) as Record<string, string>, environment: {} };
}

test("an address by HTTP gets the token or header of its own host only", () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, string | undefined])[] = [
    [{ HTTP_AUTH_TOKEN_host: "t\n" }, "Bearer t"],
    [{ HTTP_AUTH_HEADER_host: "Basic x" }, "Basic x"],
    [{ HTTP_AUTH_HEADER_host: "Basic x", HTTP_AUTH_TOKEN_host: "t" }, "Bearer t"],
    [{ HTTP_AUTH_TOKEN_host: "t", "HTTP_AUTH_TOKEN_host:81": "own" }, "Bearer own"],
    [{ HTTP_AUTH_TOKEN: "t", HTTP_AUTH_TOKEN_other: "t", "HTTP_AUTH_TOKEN_host:82": "t" }, undefined],
  ];
  for (const [secrets, wanted] of cases)
    assert.equal(httpAuthorization(secretsOf(secrets), "http://host:81/x"), wanted, JSON.stringify(secrets));
});

test("a repository gets what is for its host, a header first, else what is for all", () => {
  const basic = (token: string) => `basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
  const cases: readonly (readonly [Readonly<Record<string, string>>, string | undefined])[] = [
    [{ GIT_AUTH_TOKEN: "all" }, basic("all")],
    [{ GIT_AUTH_HEADER: "h", GIT_AUTH_TOKEN: "all" }, "h"],
    [{ GIT_AUTH_HEADER: "h", "GIT_AUTH_TOKEN.host:81": "own" }, basic("own")],
    [{ "GIT_AUTH_HEADER.host:81": "h", "GIT_AUTH_TOKEN.host:81": "own" }, "h"],
    [{ "GIT_AUTH_TOKEN_host:81": "own" }, basic("own")],
    [{ "GIT_AUTH_TOKEN.other": "t" }, undefined],
  ];
  for (const [secrets, wanted] of cases) {
    const { authorization } = gitAccess(secretsOf(secrets), "https://host:81/r.git");
    assert.deepEqual(
      authorization,
      wanted && { origin: "https://host:81", header: wanted },
      JSON.stringify(secrets),
    );
  }
  assert.deepEqual(gitAccess(secretsOf({ GIT_AUTH_TOKEN: "t" }), "git@host:r.git"), { environment: {} });
});
