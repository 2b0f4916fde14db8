import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { properties, zipOf } from "./jar-fixtures.ts";
import { javaPackages } from "./readers/java.ts";
import { readZip } from "./readers/zip.ts";

const LIBRARY = zipOf([properties("library"), ["a/B.class", "code"]]);
const APPLICATION = zipOf([
  ["META-INF/MANIFEST.MF", "Manifest-Version: 1.0"],
  properties("application"),
  properties("shaded"),
  ["BOOT-INF/lib/library-1.0.jar", LIBRARY],
]);

test("an archive tells of itself, of what was put into it, and of the archives in it", () => {
  // A program that starts itself has a script before the archive.
  for (const bytes of [APPLICATION, Buffer.concat([Buffer.from("#!/bin/sh\nexit\n"), APPLICATION])])
    assert.deepEqual(
      javaPackages(new Map([["app/app.jar", bytes]])).map(({ name, purl, location }) => [
        name,
        purl,
        location,
      ]),
      [
        ["org.example:application", "pkg:maven/org.example/application@1.0", "app/app.jar"],
        ["org.example:shaded", "pkg:maven/org.example/shaded@1.0", "app/app.jar"],
        [
          "org.example:library",
          "pkg:maven/org.example/library@1.0",
          "app/app.jar/BOOT-INF/lib/library-1.0.jar",
        ],
      ],
    );
});

test("archives too deep in one another, or too large, are passed over", () => {
  let bytes = LIBRARY;
  for (let depth = 0; depth < 3; depth++) bytes = zipOf([["inner.jar", bytes]]);
  assert.equal(javaPackages(new Map([["a.jar", bytes]])).length, 1);
  assert.equal(javaPackages(new Map([["a.jar", zipOf([["inner.jar", bytes]])]])).length, 0);
  const [entry] = readZip(zipOf([["zeros", Buffer.alloc(1000)]]));
  assert.equal(entry?.read(999), undefined);
  assert.equal(entry?.read(1000)?.length, 1000);
  const lying = zipOf([["zeros", Buffer.alloc(1000)]]);
  lying.writeUInt32LE(10, lying.indexOf("PK\x01\x02") + 24);
  assert.equal(readZip(lying)[0]?.read(1000), undefined);
});

test("damaged archives are no error", () => {
  fc.assert(
    fc.property(
      fc.nat(APPLICATION.length - 1),
      fc.nat(255),
      fc.nat(APPLICATION.length),
      (at, value, length) => {
        const damaged = Buffer.from(APPLICATION);
        damaged[at] = value;
        for (const bytes of [damaged, damaged.subarray(0, length), damaged.subarray(length)])
          for (const { purl } of javaPackages(new Map([["a.jar", bytes]])))
            assert.match(purl, /^pkg:maven\//);
      },
    ),
    { seed: 5, numRuns: 2000 },
  );
});
