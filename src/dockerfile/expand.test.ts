// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Dockerfiles have this syntax too
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ExpandOptions, expandWord, expandWords } from "./expand.ts";
import { errorOf } from "./fixtures.ts";

const VALUES: Readonly<Record<string, string>> = {
  x: "value",
  empty: "",
  path: "a/b/c.tar.gz",
  list: "one two",
  n: "x",
  "1": "first",
};

function expanded(word: string, options: Partial<ExpandOptions> = {}): string {
  return expandWord(word, (name) => VALUES[name], { escape: "\\", ...options }).text;
}

function check(cases: readonly (readonly [word: string, result: string])[]): void {
  for (const [word, result] of cases) assert.equal(expanded(word), result, word);
}

function failure(word: string): string {
  return errorOf(() => expanded(word)).replace(/ \| .*$/, "");
}

test("a variable is replaced by its value, one that is unset by nothing", () => {
  check([
    ["$x", "value"],
    ["a$x-b", "avalue-b"],
    ["$xy", ""],
    ["${x}y", "valuey"],
    ["$empty", ""],
    ["${unset}", ""],
    ["$x$x", "valuevalue"],
    ["$", "$"],
    ["a$ b", "a$ b"],
    ["$.", "$."],
  ]);
});

test("digits and special parameters are names of their own", () => {
  check([
    ["$1a", "firsta"],
    ["$12a", "a"],
    ["$@b", "b"],
    ["$$x", "x"],
    ["$?-$!-$#-$*", "---"],
  ]);
});

test(":- and - give a default", () => {
  check([
    ["${x:-w}", "value"],
    ["${empty:-w}", "w"],
    ["${unset:-w}", "w"],
    ["${x-w}", "value"],
    ["${empty-w}", ""],
    ["${unset-w}", "w"],
    ["${unset:-}", ""],
    ["${unset:-a b}", "a b"],
  ]);
});

test(":+ and + give an alternative", () => {
  check([
    ["${x:+w}", "w"],
    ["${empty:+w}", ""],
    ["${unset:+w}", ""],
    ["${x+w}", "w"],
    ["${empty+w}", "w"],
    ["${unset+w}", ""],
  ]);
});

test(":? and ? ask for a value", () => {
  check([
    ["${x:?w}", "value"],
    ["${x?w}", "value"],
    ["${empty?w}", ""],
  ]);
  assert.equal(failure("${unset:?tell me}"), 'nowhere failed to process "${unset:?tell me}": unset: tell me');
  assert.equal(
    failure("${empty:?}"),
    'nowhere failed to process "${empty:?}": empty: is not allowed to be empty',
  );
  assert.equal(
    failure("${unset?}"),
    'nowhere failed to process "${unset?}": unset: is not allowed to be unset',
  );
  assert.equal(
    failure("${unset:?}"),
    'nowhere failed to process "${unset:?}": unset: is not allowed to be unset',
  );
});

test("# and % take the shortest beginning or end away, doubled the longest", () => {
  check([
    ["${path#*/}", "b/c.tar.gz"],
    ["${path##*/}", "c.tar.gz"],
    ["${path%.*}", "a/b/c.tar"],
    ["${path%%.*}", "a/b/c"],
    ["${path%/*}", "a/b"],
    ["${path%%/*}", "a"],
    ["${path#a/?/}", "c.tar.gz"],
    ["${path#x}", "a/b/c.tar.gz"],
    ["${path%}", "a/b/c.tar.gz"],
    ["${path#*}", "a/b/c.tar.gz"],
    ["${path##*}", ""],
    ["${path%%*}", ""],
    ["${unset#a}", ""],
    ["${x#$n}", "value"],
    ["${x#v${empty}a}", "lue"],
  ]);
});

test("/ replaces the first match, // all of them", () => {
  check([
    ["${path/./-}", "a/b/c-tar.gz"],
    ["${path//./-}", "a/b/c-tar-gz"],
    ["${path/\\//:}", "a:b/c.tar.gz"],
    ["${path//\\//:}", "a:b:c.tar.gz"],
    ["${path/b*c/X}", "a/X.tar.gz"],
    ["${path/?/X}", "X/b/c.tar.gz"],
    ["${path//a/}", "/b/c.tr.gz"],
    ["${path/zz/X}", "a/b/c.tar.gz"],
    ["${x/a*/$n}", "vx"],
    ["${unset/a/b}", ""],
    ["${x/[a]/b}", "value"],
    ["${x/a/[$1]}", "v[first]lue"],
  ]);
});

test("in patterns *, ?, /, } and the backslash can be escaped", () => {
  const values: Readonly<Record<string, string>> = { s: "a*b?c\\d}e/f" };
  const cases: readonly (readonly [string, string])[] = [
    ["${s/\\*/-}", "a-b?c\\d}e/f"],
    ["${s/\\?/-}", "a*b-c\\d}e/f"],
    ["${s/\\\\/-}", "a*b?c-d}e/f"],
    ["${s/\\}/-}", "a*b?c\\d-e/f"],
    ["${s%\\/*}", "a*b?c\\d}e"],
    ["${s#a\\*}", "b?c\\d}e/f"],
  ];
  for (const [word, result] of cases)
    assert.equal(expandWord(word, (name) => values[name], { escape: "\\" }).text, result, word);
  assert.equal(
    failure("${x/\\a/b}"),
    "nowhere failed to process \"${x/\\\\a/b}\": invalid pattern (\\a) in substitution: invalid escape '\\a'",
  );
});

test("brackets in patterns are text", () => {
  const options = { escape: "\\" } as const;
  const of = (value: string) => expandWord("${v#[ab]}-${v//[a-c]/x}", () => value, options).text;
  assert.equal(of("[ab]c"), "c-[ab]c");
  assert.equal(of("abc"), "abc-abc");
});

test("substitutions nest", () => {
  check([
    ["${unset:-${empty:-$x}}", "value"],
    ["${unset:-${x%e}}", "valu"],
    ["${x:+${path##*/}}", "c.tar.gz"],
    ["${unset:-'}'}", "}"],
    ['${unset:-"a $x"}', "a value"],
    ["${unset:-\\}}", "}"],
  ]);
});

test("quotes are taken away; single ones keep everything, double ones all but variables", () => {
  check([
    ["'$x'", "$x"],
    ["'a\\'", "a\\"],
    ["'\"'", '"'],
    ['"$x"', "value"],
    ["\"'$x'\"", "'value'"],
    ['"a\\"b\\$x\\\\"', 'a"b$x\\'],
    ['"a\\b"', "a\\b"],
    ["a'b'\"c\"", "abc"],
    ["''", ""],
  ]);
});

test("the escape character takes the meaning from the next one", () => {
  check([
    ["\\$x", "$x"],
    ["\\\\$x", "\\value"],
    ["a\\b", "ab"],
    ["\\'a\\'", "'a'"],
    ["a\\", "a"],
    ["\\${x}", "${x}"],
  ]);
  assert.equal(expanded("`$x\\n", { escape: "`" }), "$x\\n");
  assert.equal(expanded('"a`"b"', { escape: "`" }), 'a"b');
});

test("options keep quotes, escapes and unset variables", () => {
  assert.equal(expanded(`'$x' "$x" \\$x`, { rawQuotes: true }), `'$x' "value" $x`);
  assert.equal(expanded('\\$x "\\""', { rawEscapes: true }), '\\$x \\"');
  assert.equal(expanded("'$x' it's", { ignoreQuotes: true }), "'value' it's");
  const kept = { keepUnset: true };
  assert.equal(expanded("$unset ${unset} $x ${empty}", kept), "$unset ${unset} value ");
  assert.equal(
    expanded("${unset:-w} ${unset+w} ${unset%a} ${unset//a/b}", kept),
    "${unset:-w} ${unset+w} ${unset%a} ${unset//a/b}",
  );
});

test("words split at white space that is not quoted, also in values", () => {
  const words = (word: string) => expandWords(word, (name) => VALUES[name], { escape: "\\" });
  assert.deepEqual(words(" a  b\tc "), ["a", "b", "c"]);
  assert.deepEqual(words("$list x"), ["one", "two", "x"]);
  assert.deepEqual(words('"$list" x'), ["one two", "x"]);
  assert.deepEqual(words("a' 'b c\\ d"), ["a b", "c d"]);
  assert.deepEqual(words("$empty '' $unset"), []);
  assert.deepEqual(words(""), []);
});

test("malformed substitutions are errors that name the word", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["${", "syntax error: missing '}'"],
    ["${x", "syntax error: missing '}'"],
    ["${x:", "syntax error: missing '}'"],
    ["${x:-a", "syntax error: missing '}'"],
    ["${x/a}", "syntax error: missing '/' in ${}"],
    ["${x/a/b", "syntax error: missing '}'"],
    ["${}", "syntax error: bad substitution"],
    ["${:x}", "syntax error: bad substitution"],
    ["${{x}}", "syntax error: bad substitution"],
    ["${x:#a}", "unsupported modifier (:#) in substitution"],
    ["${x:%a}", "unsupported modifier (:%) in substitution"],
    ["${x!a}", "unsupported modifier (!) in substitution"],
    ["${x:a}", "unsupported modifier (:a) in substitution"],
    ["'a", "unexpected end of statement while looking for matching single-quote"],
    ['"a', "unexpected end of statement while looking for matching double-quote"],
  ];
  for (const [word, message] of cases)
    assert.equal(failure(word), `nowhere failed to process ${JSON.stringify(word)}: ${message}`);
});

test("what was asked for is told, with what a default covers", () => {
  const { used, unmatched } = expandWord("$x $a ${b:-1} ${c+$x}", (name) => VALUES[name], {
    escape: "\\",
  });
  assert.deepEqual([used, unmatched], [["x"], ["a", "b", "c"]]);
  const second = expandWord("${a%b} ${a/b/c} $n", (name) => VALUES[name], { escape: "\\" });
  assert.deepEqual([second.used, second.unmatched], [["n"], ["a"]]);
});

test("words are split as the reference does it, which loses what stands in front of a nested word", () => {
  const words = (text: string) => expandWord(text, (name) => VALUES[name], { escape: "\\" }).words;
  assert.deepEqual(words("80${a:-90}"), ["90"]);
  assert.deepEqual(words("1 80${a-90}91"), ["1", "9091"]);
  assert.deepEqual(words("a << b<<\tc < d"), ["a", "<< b<<\tc", "<", "d"]);
});

test("an escape character in quotes stands for itself in a pattern", () => {
  const trimmed = (text: string) => expandWord(text, () => "a\\*b", { escape: "\\" }).text;
  assert.equal(trimmed("${v#'a\\'}"), "*b");
  assert.equal(trimmed('${v#"a\\\\"}'), "*b");
  assert.equal(trimmed("${v%'b'}"), "a\\*");
  assert.equal(trimmed("${v/'\\'/-}"), "a-*b");
});

test("with // the replacement is a template of Go's", () => {
  const all = (text: string) => expandWord(text, () => "aba", { escape: "\\" }).text;
  assert.equal(all("${v//a/<\\$0>}"), "<\\a>b<\\a>");
  assert.equal(all("${v//a/'${0}$$'}"), "a$ba$");
  assert.equal(all("${v//a/'$1x'}"), "b");
  assert.equal(all("${v/a/'$0'}"), "$0ba");
});

test("an unknown operator is kept where unset variables are", () => {
  const kept = (text: string) => expandWord(text, () => undefined, { escape: "\\", keepUnset: true }).text;
  assert.equal(kept("${v:1}"), "${v:1}");
});

test("text without special characters stays as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const plain = text.replace(/[$'"\\]/g, "");
      assert.equal(expanded(plain), plain);
    }),
    { seed: 1 },
  );
});

test("an escaped text expands to itself", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assert.equal(expanded([...text].map((character) => `\\${character}`).join("")), text);
    }),
    { seed: 1 },
  );
});
