import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import {
  canonicalName,
  familiarName,
  familiarRepository,
  parseReference,
  withDefaultTag,
} from "./reference.ts";

const HEX = "0123456789abcdef".repeat(4);

test("a name is completed by Docker's defaults", () => {
  const cases: readonly (readonly [text: string, canonical: string, familiar: string])[] = [
    ["debian", "docker.io/library/debian", "debian"],
    ["debian:13", "docker.io/library/debian:13", "debian:13"],
    ["tare/debian:13", "docker.io/tare/debian:13", "tare/debian:13"],
    ["docker.io/debian", "docker.io/library/debian", "debian"],
    ["docker.io/library/debian", "docker.io/library/debian", "debian"],
    ["library/a/b", "docker.io/library/a/b", "library/a/b"],
    ["docker.io/a.b/c", "docker.io/a.b/c", "docker.io/a.b/c"],
    ["index.docker.io/a/b", "docker.io/a/b", "a/b"],
    ["index.docker.io/debian", "docker.io/library/debian", "debian"],
    ["localhost/a", "localhost/a", "localhost/a"],
    ["localhost:5000/a/b:c", "localhost:5000/a/b:c", "localhost:5000/a/b:c"],
    ["ghcr.io/a/b/c", "ghcr.io/a/b/c", "ghcr.io/a/b/c"],
    ["host/a", "docker.io/host/a", "host/a"],
    ["host:80/a", "host:80/a", "host:80/a"],
    ["HOST/a", "HOST/a", "HOST/a"],
    ["[::1]:5000/a:1", "[::1]:5000/a:1", "[::1]:5000/a:1"],
    ["127.0.0.1/a", "127.0.0.1/a", "127.0.0.1/a"],
    [`debian@sha256:${HEX}`, `docker.io/library/debian@sha256:${HEX}`, `debian@sha256:${HEX}`],
    [`a.b/c:1@sha256:${HEX}`, `a.b/c:1@sha256:${HEX}`, `a.b/c:1@sha256:${HEX}`],
    ["a__b/c-d--e.f_g", "docker.io/a__b/c-d--e.f_g", "a__b/c-d--e.f_g"],
    ["a:_A.-9", "docker.io/library/a:_A.-9", "a:_A.-9"],
  ];
  for (const [text, canonical, familiar] of cases) {
    const ref = parseReference(text);
    assert.deepEqual([canonicalName(ref), familiarName(ref)], [canonical, familiar], text);
  }
});

test("the parts of a reference", () => {
  assert.deepEqual(parseReference(`localhost:5000/a/b:c@sha256:${HEX}`), {
    domain: "localhost:5000",
    path: "a/b",
    tag: "c",
    digest: `sha256:${HEX}`,
  });
  assert.deepEqual(parseReference("debian"), { domain: "docker.io", path: "library/debian" });
  assert.equal(familiarRepository(parseReference("debian:13")), "debian");
  assert.equal(familiarRepository(parseReference("a.b:1/c:13")), "a.b:1/c");
});

test("latest is the tag where neither tag nor digest is given", () => {
  const tagOf = (text: string) => withDefaultTag(parseReference(text)).tag;
  assert.deepEqual(["a", "a:1", `a@sha256:${HEX}`].map(tagOf), ["latest", "1", undefined]);
});

test("everything else is refused", () => {
  const cases: readonly (readonly [text: string, why: string])[] = [
    ["", "the repository name is malformed"],
    [":1", "the repository name is malformed"],
    ["Debian", "repository names are lower case"],
    ["a/B", "repository names are lower case"],
    ["docker.io/Foo", "repository names are lower case"],
    ["a b", "the repository name is malformed"],
    ["localhost:65536/a", "the registry's port is beyond 65535"],
    ["a//b", "the repository name is malformed"],
    ["/a", "the repository name is malformed"],
    ["a/", "the repository name is malformed"],
    ["a.b/", "the repository name is malformed"],
    ["-a", "the repository name is malformed"],
    ["a_", "the repository name is malformed"],
    ["a..b", "the repository name is malformed"],
    ["a___b", "the repository name is malformed"],
    [`${"a".repeat(248)}`, "the repository name is malformed"],
    [HEX, "64 hex digits are an image id, not a name"],
    ["a:", "the tag has a character that tags can not have"],
    ["a:.b", "the tag has a character that tags can not have"],
    ["a:b c", "the tag has a character that tags can not have"],
    [`a:${"b".repeat(129)}`, "the tag has a character that tags can not have"],
    ["-a.b/c", "the registry's host name is malformed"],
    ["a.b:x/c", "the registry's host name is malformed"],
    ["a@", "the digest is not sha256:<64 hex digits>"],
    ["a@sha256:ab", "the digest is not sha256:<64 hex digits>"],
    [`a@sha256:${HEX.toUpperCase()}`, "the digest is not sha256:<64 hex digits>"],
    [`a@sha256:${HEX}@sha256:${HEX}`, "the digest is not sha256:<64 hex digits>"],
  ];
  for (const [text, why] of cases)
    assert.throws(
      () => parseReference(text),
      {
        code: "user-bad-reference",
        message: `invalid image reference ${JSON.stringify(text)}: ${why}`,
      },
      text,
    );
});

const label = fc.stringMatching(/^[a-z0-9]{1,5}([._-][a-z0-9]{1,3})?$/);
const reference = fc
  .tuple(
    fc.constantFrom("", "localhost/", "localhost:5000/", "a.b/", "docker.io/"),
    fc.array(label, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")),
    fc.constantFrom("", ":latest", ":1.0-x", `@sha256:${HEX}`, `:a@sha256:${HEX}`),
  )
  .map((parts) => parts.join(""));

test("the complete and the short form stand for the same reference", () => {
  fc.assert(
    fc.property(reference, (text) => {
      const ref = parseReference(text);
      assert.deepEqual(parseReference(canonicalName(ref)), ref);
      assert.deepEqual(parseReference(familiarName(ref)), ref);
    }),
    { seed: 5, numRuns: 2000 },
  );
});

test("any text is a reference or an error of ours, without quadratic time", () => {
  const refusesOrReads = (text: string) => {
    try {
      assert.ok(parseReference(text).path.length > 0);
    } catch (error) {
      if (!(error instanceof TareError)) throw error;
    }
  };
  fc.assert(fc.property(fc.string({ unit: "binary" }), refusesOrReads), { seed: 5, numRuns: 1000 });
  const start = performance.now();
  for (const unit of ["a", "a-", "-", ".", "a.", "/", ":", "@", "_", "a:"])
    for (const end of ["", "!", "/b"]) refusesOrReads(unit.repeat(50_000) + end);
  assert.ok(performance.now() - start < 2000);
});
