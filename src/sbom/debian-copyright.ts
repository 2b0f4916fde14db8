import { inLowerCase, parseStanzas } from "../text/index.ts";
import { allOf, type LicenseTerm, licensesOfTerm, parseTerm } from "./license-expression.ts";
import type { PackageLicenses } from "./types.ts";

/**
 * The licences that a Debian copyright file states (Debian copyright format 1.0): all of its paragraphs on files
 * and its header, joined by AND. Undefined for a file that is not in that format, which is prose that no
 * program should guess about, and for one that states none.
 */
export function licensesOf(copyright: string): PackageLicenses | undefined {
  const paragraphs = parseStanzas(copyright).map(inLowerCase);
  if (!FORMAT.test(paragraphs[0]?.get("format") ?? "")) return undefined;
  const statements = paragraphs.flatMap((fields, at) => {
    const value = fields.get("license");
    return value === undefined
      ? []
      : [{ ...splitStatement(value), applies: at === 0 || fields.has("files") }];
  });
  const texts = new Map<string, string>();
  for (const { name, text } of statements)
    if (text !== "" && !texts.has(name.toLowerCase())) texts.set(name.toLowerCase(), text);
  const terms = statements.filter(({ applies }) => applies).map(({ name }) => parseTerm(name));
  const all = allOf(terms.filter((term): term is LicenseTerm => term !== undefined));
  return all && licensesOfTerm(all, (name) => texts.get(name.toLowerCase()));
}

/**
 * A copyright file that is prose as a licence of its own, with the whole text, so that nobody has to look for it in the
 * image. Packages of one source that say the same have one licence. Undefined when it says nothing.
 */
export function proseLicense(copyright: string, source: string): PackageLicenses | undefined {
  const text = copyright.trim();
  return text === ""
    ? undefined
    : licensesOfTerm({ kind: "name", name: `copyright of ${source}` }, () => text);
}

/**
 * The copyright statements of such a file, one a line, each once. Undefined for a file that is not in the format.
 */
export function copyrightOf(copyright: string): string | undefined {
  const paragraphs = parseStanzas(copyright).map(inLowerCase);
  if (!FORMAT.test(paragraphs[0]?.get("format") ?? "")) return undefined;
  const lines = paragraphs.flatMap((fields) => (fields.get("copyright") ?? "").split("\n"));
  const distinct = [...new Set(lines.map((line) => line.trim()))].filter(
    (line) => line !== "" && line !== ".",
  );
  return distinct.length > 0 ? distinct.join("\n") : undefined;
}

const FORMAT = /copyright-format|dep\.debian\.net\/deps\/dep5|svn\.debian\.org.*dep5|^http.*dep5/i;

/** The first line is the name, the others are the text; a line of one full stop is an empty one. */
function splitStatement(value: string): { readonly name: string; readonly text: string } {
  const [name = "", ...lines] = value.split("\n");
  const text = lines.map((line) => line.replace(/^[ \t]/, "").replace(/^\.$/, ""));
  return { name: name.replace(/\s+/g, " ").trim(), text: text.join("\n").trim() };
}
