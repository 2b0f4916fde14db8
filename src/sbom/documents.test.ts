import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import fc from "fast-check";
import { PackageURL } from "packageurl-js";
import { cycloneDx } from "./cyclonedx.ts";
import { documentOf, TREE } from "./fixtures.ts";
import { contentUuid, inventoryOf } from "./inventory.ts";
import { readExpression } from "./license-expression.ts";
import { purlOf } from "./purl.ts";
import { readPackages } from "./readers.ts";
import { spdx } from "./spdx.ts";
import { spdxProblems } from "./spdx-fixtures.ts";
import type { SbomDocument, SbomPackage } from "./types.ts";

const EXAMPLE = documentOf(readPackages(TREE));
const WRITERS = { cdx: cycloneDx, spdx } as const;

function parsed(bytes: Uint8Array): ReturnType<typeof JSON.parse> {
  return JSON.parse(Buffer.from(bytes).toString("utf8"));
}

/** Reads its schema once; that takes longer than what it is for. */
const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);

async function assertValid(document: SbomDocument): Promise<void> {
  assert.equal(await validator.validate(Buffer.from(cycloneDx(document)).toString("utf8")), null);
  assert.deepEqual(spdxProblems(parsed(spdx(document))), []);
}

test("the documents of an example are the ones in testdata; UPDATE_GOLDENS=1 writes them anew", () => {
  for (const [name, write] of Object.entries(WRITERS)) {
    const golden = new URL(`testdata/distroless.${name}.json`, import.meta.url);
    const text = Buffer.from(write(EXAMPLE)).toString("utf8");
    if (process.env.UPDATE_GOLDENS) writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, "utf8"), name);
  }
});

test("they are valid: CycloneDX by its schema, SPDX by its rules", () => assertValid(EXAMPLE));

test("an image without packages and without a distribution has valid documents too", async () => {
  const { digest: _digest, imageId: _id, diffIds: _diffIds, ...subject } = EXAMPLE.subject;
  await assertValid({ ...documentOf({ packages: [] }), subject });
});

test("CycloneDX says what scanners look for", () => {
  const { components, dependencies, metadata } = parsed(cycloneDx(EXAMPLE));
  const system = components.filter((item: { type: string }) => item.type === "operating-system");
  assert.deepEqual(
    system.map((item: { name: string; version: string }) => [item.name, item.version]),
    [["debian", "12"]],
  );
  const dependsOn = (ref: string) =>
    dependencies.find((line: { ref: string }) => line.ref === ref).dependsOn as readonly string[];
  const libc = "pkg:deb/debian/libc6@2.36-9+deb12u10?arch=amd64&distro=debian-12&upstream=glibc";
  const zlib = "pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1?arch=amd64&distro=debian-12&upstream=zlib";
  const gcc = "pkg:deb/debian/libgcc-s1@12.2.0-14+deb12u1?arch=amd64&distro=debian-12&upstream=gcc-12";
  assert.deepEqual(dependsOn(system[0]["bom-ref"]), [libc, gcc, zlib].sort());
  assert.ok(dependsOn(metadata.component["bom-ref"]).includes(system[0]["bom-ref"]));
  // One of them by a name that another package provides.
  assert.deepEqual(dependsOn(zlib), [libc, gcc].sort());
  const properties = components.find((item: { purl: string }) => item.purl === zlib).properties;
  const named = Object.fromEntries(
    properties.map(({ name, value }: { name: string; value: string }) => [name.split(":").at(-1), value]),
  );
  assert.deepEqual(named, {
    PkgID: "zlib1g@1:1.2.13.dfsg-1",
    PkgType: "debian",
    SrcName: "zlib",
    SrcEpoch: "1",
    SrcVersion: "1.2.13.dfsg",
    SrcRelease: "1",
  });
});

test("packages of one name are found from where they are needed, and those of one version told apart by place", () => {
  const items = inventoryOf(EXAMPLE.packages);
  const left = items.find(({ ref }) => ref.startsWith("pkg:npm/%40acme/left"));
  assert.deepEqual(left?.dependsOn, ["pkg:npm/right@1.5.0"]);
  const twice = items.filter(({ package: item }) => item.purl === "pkg:npm/right@2.0.0");
  assert.deepEqual(
    twice.map(({ ref }) => ref),
    [
      "pkg:npm/right@2.0.0#app/node_modules/copy/node_modules/right/package.json",
      "pkg:npm/right@2.0.0#app/node_modules/right/package.json",
    ],
  );
});

test("SPDX has the files of packages that know their SHA-1, with the code of all of them", () => {
  const files = [
    { path: "b", sha1: "b".repeat(40) },
    { path: "a", sha1: "a".repeat(40), sha256: "1".repeat(64) },
  ];
  const base = { type: "generic", version: "1", licenses: readExpression("MIT") } as const;
  const whole = { ...base, name: "whole", purl: "pkg:generic/whole@1", files } as SbomPackage;
  const partial = {
    ...whole,
    name: "partial",
    purl: "pkg:generic/partial@1",
    files: [...files, { path: "c" }],
  };
  const document = parsed(spdx(documentOf({ packages: [whole, partial] })));
  assert.deepEqual(spdxProblems(document), []);
  assert.deepEqual(
    document.files.map((file: { fileName: string }) => file.fileName),
    ["./a", "./b"],
  );
  const [, second, first] = document.packages;
  assert.equal(first.filesAnalyzed, true);
  // `printf aaa…bbb… | sha1sum`
  assert.equal(
    first.packageVerificationCode.packageVerificationCodeValue,
    "c361e706434ebcd03e8857c6c8dd2786adaeb3ef",
  );
  assert.equal(second.filesAnalyzed, false);
  assert.equal(second.packageVerificationCode, undefined);
});

test("the rules see what is wrong with an SPDX document", () => {
  const good = parsed(spdx(EXAMPLE));
  const wrong: readonly object[] = [
    { ...good, dataLicense: "MIT" },
    { ...good, extra: 1 },
    { ...good, packages: [...good.packages, good.packages[0]] },
    { ...good, packages: good.packages.slice(1) },
    { ...good, hasExtractedLicensingInfos: [] },
    { ...good, relationships: [...good.relationships, good.relationships[0]] },
    { ...good, documentNamespace: "https://example.org/#part" },
  ];
  for (const document of wrong) assert.notDeepEqual(spdxProblems(document), []);
});

const word = fc.stringMatching(/^[a-z][a-z0-9+.-]{0,8}$/);
const anyText = fc.oneof(fc.string({ unit: "binary", maxLength: 12 }), fc.constant("</script>"), word);
const anyPackage: fc.Arbitrary<SbomPackage> = fc
  .record(
    {
      type: fc.constantFrom("deb", "npm", "pypi", "generic" as const),
      name: word,
      version: word,
      location: anyText,
      homepage: fc.oneof(anyText, fc.webUrl()),
      description: fc.string({ minLength: 1, maxLength: 12 }),
      dependencies: fc.array(word, { maxLength: 4 }),
      provides: fc.array(word, { maxLength: 2 }),
      license: anyText,
    },
    { requiredKeys: ["type", "name", "version"] },
  )
  .map(({ license, ...item }) => {
    const licenses = license === undefined ? undefined : readExpression(license);
    return { ...item, purl: purlOf(item), ...(licenses && { licenses }) } as SbomPackage;
  });

test("whatever the packages are called, the documents are valid, and the same in any order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyPackage, { maxLength: 6 }), async (packages) => {
      const document = documentOf({ packages });
      await assertValid(document);
      const reordered = packages
        .toReversed()
        .map((item) => Object.fromEntries(Object.entries(item).reverse()) as unknown as SbomPackage);
      for (const write of Object.values(WRITERS))
        assert.deepEqual(write(documentOf({ packages: [...reordered, ...packages] })), write(document));
    }),
    { seed: 5, numRuns: 60 },
  );
});

test("nothing that a package says of itself steers a terminal", () => {
  const description = "a\u009b31mb\u007fc\u202ed";
  const packages = [{ ...(EXAMPLE.packages[0] as SbomPackage), description, location: description }];
  for (const write of Object.values(WRITERS)) {
    const text = Buffer.from(write(documentOf({ packages }))).toString("utf8");
    assert.doesNotMatch(text, /(?!\n)[\p{Cc}\u202a-\u202e]/u);
    assert.ok(text.includes("\\u009b31m"));
  }
});

test("another content is another serial number and namespace", () => {
  const other = { ...EXAMPLE, packages: EXAMPLE.packages.slice(1) };
  assert.notEqual(parsed(cycloneDx(other)).serialNumber, parsed(cycloneDx(EXAMPLE)).serialNumber);
  assert.notEqual(parsed(spdx(other)).documentNamespace, parsed(spdx(EXAMPLE)).documentNamespace);
  assert.match(
    contentUuid({ a: 1 }),
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  assert.equal(contentUuid({ a: 1, b: [2] }), contentUuid({ b: [2], a: 1 }));
});

test("a package URL gives its parts back", () => {
  fc.assert(
    fc.property(
      fc
        .string({ unit: "grapheme", minLength: 1, maxLength: 10 })
        .filter((text) => text.trim() === text && !text.includes("/")),
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 10 }),
      (name, version) => {
        const back = PackageURL.fromString(
          purlOf({ type: "generic", name, version, qualifiers: { arch: "amd64", none: undefined } }),
        );
        assert.equal(back.name, name);
        assert.deepEqual({ ...back.qualifiers }, { arch: "amd64" });
      },
    ),
    { seed: 5, numRuns: 300 },
  );
  assert.doesNotThrow(() => purlOf({ type: "deb", name: "a\ud800", version: "\udfff" }));
});
