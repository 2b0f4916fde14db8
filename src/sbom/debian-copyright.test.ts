import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { copyrightOf, licensesOf } from "./debian-copyright.ts";
import { readExpression } from "./license-expression.ts";
import { isListedLicense, licenseId } from "./license-names.ts";

const HEADER = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n";

/** A copyright file with one paragraph for each of the licences. */
function fileOf(...licenses: readonly string[]): string {
  return HEADER + licenses.map((name) => `\nFiles: ${name}\nCopyright: 1999 Me\nLicense: ${name}\n`).join("");
}

test("Debian's short names are ids of SPDX", () => {
  const cases: readonly (readonly [name: string, id: string])[] = [
    ["GPL-2", "GPL-2.0-only"],
    ["GPL-2+", "GPL-2.0-or-later"],
    ["GPL-2.0+", "GPL-2.0-or-later"],
    ["gpl-3.0", "GPL-3.0-only"],
    ["GPL-1+", "GPL-1.0-or-later"],
    ["LGPL-2.1+", "LGPL-2.1-or-later"],
    ["LGPL-2", "LGPL-2.0-only"],
    ["AGPL-3", "AGPL-3.0-only"],
    ["GFDL-1.3+", "GFDL-1.3-or-later"],
    ["GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later"],
    ["Expat", "MIT"],
    ["BSD-3-clause", "BSD-3-Clause"],
    ["BSD-2", "BSD-2-Clause"],
    ["Apache-2.0", "Apache-2.0"],
    ["Apache-2", "Apache-2.0"],
    ["Artistic", "Artistic-1.0-Perl"],
    ["CC0", "CC0-1.0"],
    ["ZLIB", "Zlib"],
    ["OpenLDAP-2.8", "OLDAP-2.8"],
    ["MPL-1.1+", "MPL-1.1+"],
    ["GPL-2+ with Autoconf exception", "GPL-2.0-or-later WITH Autoconf-exception-2.0"],
    ["GPL-3+ with Autoconf-data exception", "GPL-3.0-or-later WITH Autoconf-exception-3.0"],
    ["GPL-3+-WITH-BISON-EXCEPTION", "GPL-3.0-or-later WITH Bison-exception-2.2"],
    ["GPL-2 with Linux-syscall-note exception", "GPL-2.0-only WITH Linux-syscall-note"],
    ["Apache-2.0 with LLVM exception", "Apache-2.0 WITH LLVM-exception"],
    ["GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"],
  ];
  for (const [name, id] of cases) {
    assert.equal(licenseId(name), id, name);
    const [base = "", exception] = id.split(" WITH ");
    assert.ok(isListedLicense(base.replace(/^(MPL.*)\+$/, "$1")), base);
    assert.ok(exception === undefined || !isListedLicense(exception), exception);
  }
});

test("what could mean several licences, or none, is no id", () => {
  for (const name of [
    "GPL",
    "BSD",
    "public-domain",
    "Bison-exception-2.2",
    "GPL-2 with a wish",
    "",
    "GPL-9",
    "__proto__",
    "constructor",
  ])
    assert.equal(licenseId(name), undefined, name);
});

test("or and and, with commas and parentheses, keep their meaning", () => {
  const cases: readonly (readonly [text: string, expression: string])[] = [
    ["GPL-1+ or Artistic", "GPL-1.0-or-later OR Artistic-1.0-Perl"],
    ["GPL-2 and Expat or ISC", "GPL-2.0-only AND MIT OR ISC"],
    ["GPL-2 or Expat, and ISC", "(GPL-2.0-only OR MIT) AND ISC"],
    ["GPL-2, ISC", "GPL-2.0-only AND ISC"],
    ["(MIT OR Apache-2.0) AND ISC", "(MIT OR Apache-2.0) AND ISC"],
    ["(MIT)", "MIT"],
    ["Expat or MIT", "MIT"],
    ["(Expat or MIT) and ISC", "MIT AND ISC"],
  ];
  for (const [text, expression] of cases) assert.equal(readExpression(text)?.expression, expression, text);
});

test("all paragraphs on files count, each licence once; a licence by itself does not", () => {
  const file = `${fileOf("GPL-2+", "Expat or ISC", "MIT", "GPL-2+")}\nLicense: BSD-3-clause\n Only its text.\n`;
  assert.deepEqual(licensesOf(file), {
    expression: "GPL-2.0-or-later AND MIT AND (MIT OR ISC)",
    extracted: [],
  });
  const header = `${HEADER}License: ISC\n`;
  assert.equal(licensesOf(header)?.expression, "ISC");
});

test("an unknown licence is a reference to its text", () => {
  const file = `${fileOf("My own words")}\nLicense: my own words\n Line one.\n .\n   indented\n`;
  const licenses = licensesOf(file);
  const [own] = licenses?.extracted ?? [];
  assert.match(own?.id ?? "", /^LicenseRef-My-own-words-[0-9a-f]{8}$/);
  assert.deepEqual(
    [licenses?.expression, own?.name, own?.text],
    [own?.id, "My own words", "Line one.\n\n  indented"],
  );
  const other = licensesOf(file.replace("Line one", "Line two"));
  assert.notEqual(other?.expression, own?.id);
  assert.match(licensesOf(fileOf("Mystery"))?.extracted[0]?.text ?? "", /"Mystery"/);
});

test("prose is not guessed about", () => {
  for (const text of [
    "",
    "This package is under the GPL.\nLicense: GPL-2\n",
    "Format: text\n\nLicense: MIT\n",
    "\n\n",
  ])
    assert.equal(licensesOf(text), undefined, text);
  assert.equal(licensesOf(HEADER), undefined);
  assert.equal(copyrightOf("Copyright: me\n"), undefined);
});

test("copyright statements are lines, each once", () => {
  const file = `${HEADER}\nFiles: a\nCopyright: 1999 Me\n  2000 You\nLicense: MIT\n\nFiles: b\nCopyright: 1999 Me\nLicense: MIT\n`;
  assert.equal(copyrightOf(file), "1999 Me\n2000 You");
});

test("whatever stands there, the expression is one of SPDX and every reference has a text", () => {
  const token = fc.constantFrom(
    "(",
    ")",
    ",",
    "and",
    "or",
    "with",
    "GPL-2+",
    "MIT",
    "own",
    "é",
    "exception",
    "++",
    "\u0000",
  );
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join(" ")),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const licenses = readExpression(text);
      if (!licenses) return assert.equal(text.trim(), "");
      assert.match(
        licenses.expression,
        /^[(]*[A-Za-z0-9.+-]+[)]*(?: (?:AND|OR|WITH) [(]*[A-Za-z0-9.+-]+[)]*)*$/,
      );
      const open = licenses.expression.split("(").length;
      assert.equal(open, licenses.expression.split(")").length);
      const named = licenses.expression.match(/LicenseRef-[\w.-]+/g) ?? [];
      assert.deepEqual(
        [...new Set(named)].sort(),
        licenses.extracted.map(({ id }) => id),
      );
      assert.ok(licenses.extracted.every((license) => license.text !== ""));
    }),
    { seed: 5, numRuns: 2000 },
  );
});

test("hostile files take no longer than their size", () => {
  const start = performance.now();
  const long = 200_000;
  for (const unit of ["(", "a or ", "with ", ",", " ", "-with-"]) {
    readExpression(unit.repeat(long));
    licensesOf(`${HEADER}\nFiles: *\nLicense: ${unit.repeat(long)}\n`);
    licensesOf(`${HEADER}\nFiles: *\nLicense: a\n${` ${unit}\n`.repeat(long / 10)}`);
  }
  licensesOf(fileOf(...Array.from({ length: 5000 }, (_, at) => `own-${at}`)));
  assert.ok(performance.now() - start < 4000);
});
