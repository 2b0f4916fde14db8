import { TareError } from "../base/index.ts";
import { bounded } from "./bounded.ts";
import { inWord, isUnterminated, syntax, unsupported } from "./expansion-error.ts";
import { replacePattern, trimPattern } from "./shell-pattern.ts";
import { readName } from "./variable-name.ts";
import { type WordBuffer, WordList } from "./word-list.ts";

/** The value of a variable; undefined when it is not set, which is not the same as empty. */
export type Lookup = (name: string) => string | undefined;

/** How a word is processed; each option is one that the reference's lexer has. */
export interface ExpandOptions {
  readonly escape: "\\" | "`";
  /** Keep quotes as they are written. */
  readonly rawQuotes?: boolean;
  /** Keep escape characters as they are written. */
  readonly rawEscapes?: boolean;
  /** Leave `$name` standing where the variable is not set. */
  readonly keepUnset?: boolean;
  /** Quotes are ordinary characters. */
  readonly ignoreQuotes?: boolean;
}

export interface Expanded {
  readonly text: string;
  /** The text split at white space outside quotes, empty words dropped. */
  readonly words: readonly string[];
  /** Variables that were asked for and are not set, those that a default covers too. */
  readonly unmatched: readonly string[];
  readonly used: readonly string[];
}

/**
 * Replaces variables in a word as Dockerfiles do: `$v ${v}` and the forms `:- - :+ + :? ? # ## % %% / //`;
 * quotes and escapes are taken away. `user-dockerfile-syntax` without a location for malformed input.
 */
export function expandWord(word: string, lookup: Lookup, options: ExpandOptions): Expanded {
  return new Expander(word, lookup, options).run();
}

/** As `expandWord`, the result as words. */
export function expandWords(word: string, lookup: Lookup, options: ExpandOptions): readonly string[] {
  return expandWord(word, lookup, options).words;
}

const IN_BRACES = ` in ${"${"}}`;
/** Deeper than anybody nests; it bounds the recursion. */
const MAX_DEPTH = 200;

interface Mode {
  /** Keep escape characters. */
  readonly rawEscapes: boolean;
  readonly pattern?: boolean;
}

interface Piece {
  readonly text: string;
  readonly words: readonly string[];
}

/** A cursor over one word; the only state of an expansion. */
class Expander {
  private readonly input: readonly string[];
  private at = 0;
  private depth = 0;
  private rawEscapes = false;
  /** Whether a pattern is read, which is parsed once more: escape characters in quotes stand for themselves there. */
  private inPattern = false;
  /** The word that is being collected; a nested word loses it, as it does in the reference. */
  private readonly buffer: WordBuffer = { word: "" };
  private readonly unmatched = new Set<string>();
  private readonly used = new Set<string>();
  private readonly lookup: Lookup;
  private readonly options: ExpandOptions;

  constructor(word: string, lookup: Lookup, options: ExpandOptions) {
    this.input = [...word];
    this.lookup = lookup;
    this.options = options;
  }

  run(): Expanded {
    try {
      const { text, words } = this.until(undefined, { rawEscapes: this.options.rawEscapes ?? false });
      return { text, words, unmatched: [...this.unmatched], used: [...this.used] };
    } catch (error) {
      throw error instanceof TareError ? inWord(error, this.input) : error;
    }
  }

  /** Processes up to and without `stop`, or to the end; the mode holds for all that is nested. */
  private until(stop: string | undefined, { rawEscapes, pattern = false }: Mode): Piece {
    const outer = [this.rawEscapes, this.inPattern] as const;
    this.rawEscapes = rawEscapes;
    this.inPattern = pattern;
    this.depth++;
    if (this.depth > MAX_DEPTH) throw syntax("substitutions are nested too deeply");
    const piece = this.pieceUntil(stop);
    this.depth--;
    [this.rawEscapes, this.inPattern] = outer;
    return piece;
  }

  private pieceUntil(stop: string | undefined): Piece {
    const words = new WordList(this.buffer);
    let text = "";
    for (let character = this.peek(); character !== undefined; character = this.peek()) {
      if (character === stop) {
        this.at++;
        return { text, words: words.finish() };
      }
      const isQuote = (character === "'" || character === '"') && !this.options.ignoreQuotes;
      if (isQuote) {
        const quoted = character === "'" ? this.singleQuoted() : this.doubleQuoted();
        text += quoted;
        words.addRaw(quoted);
      } else if (character === "$") {
        const value = this.dollar();
        text += value;
        words.addText(value);
      } else if (character === "<") {
        const mark = this.less();
        text += mark;
        words.addRaw(mark);
      } else text += this.plain(words);
      bounded(text);
    }
    if (stop !== undefined) throw syntax(`unexpected end of statement while looking for matching ${stop}`);
    return { text, words: words.finish() };
  }

  private plain(words: WordList): string {
    const character = this.next() as string;
    if (character !== this.options.escape) {
      words.addCharacter(character);
      return character;
    }
    const kept = this.rawEscapes ? character : "";
    const escaped = this.next() ?? "";
    words.addRaw(kept + escaped);
    return kept + escaped;
  }

  /** White space behind `<<` is part of the word: `<< EOF` begins a heredoc. */
  private less(): string {
    this.at++;
    if (this.peek() !== "<") return "<";
    const from = this.at++;
    while (this.peek() === " " || this.peek() === "\t" || this.peek() === "\r") this.at++;
    return `<${this.input.slice(from, this.at).join("")}`;
  }

  private singleQuoted(): string {
    this.at++;
    let text = "";
    for (;;) {
      const character = this.next();
      if (character === undefined)
        throw syntax("unexpected end of statement while looking for matching single-quote");
      if (character === "'") return this.requote(text, "'");
      text += this.inPattern && character === this.options.escape ? character + character : character;
    }
  }

  private doubleQuoted(): string {
    this.at++;
    let text = "";
    for (;;) {
      const character = this.peek();
      if (character === undefined)
        throw syntax("unexpected end of statement while looking for matching double-quote");
      if (character === '"') {
        this.at++;
        return this.requote(text, '"');
      }
      text = bounded(text + (character === "$" ? this.dollar() : this.inDoubleQuotes()));
    }
  }

  /** Only `"`, `$` and the escape character itself can be escaped between double quotes. */
  private inDoubleQuotes(): string {
    const character = this.next() as string;
    if (character !== this.options.escape) return character;
    const following = this.peek();
    if (following === '"' || following === "$" || following === this.options.escape) {
      this.at++;
      return (this.rawEscapes ? character : "") + following;
    }
    const doubled = this.rawEscapes && (this.inPattern || !this.options.rawQuotes);
    return doubled ? character + character : character;
  }

  private requote(text: string, quote: string): string {
    return this.options.rawQuotes ? quote + text + quote : text;
  }

  private dollar(): string {
    this.at++;
    if (this.peek() !== "{") {
      const name = this.name();
      if (name === "") return "$";
      return this.value(name) ?? (this.options.keepUnset ? `$${name}` : "");
    }
    this.at++;
    return this.braced();
  }

  private braced(): string {
    const first = this.peek();
    if (first === undefined) throw syntax("syntax error: missing '}'");
    if (first === "{" || first === "}" || first === ":") throw syntax("syntax error: bad substitution");
    const name = this.name();
    const operator = this.next();
    if (operator === undefined) throw syntax("syntax error: missing '}'");
    if (operator === "}") return this.value(name) ?? (this.options.keepUnset ? `\${${name}}` : "");
    if (operator === "/") return this.replaced(name);
    if (operator !== ":") return this.modified(name, { operator, emptyIsUnset: false });
    const second = this.next();
    if (second === undefined) throw syntax("syntax error: missing '}'");
    return this.modified(name, { operator: second, emptyIsUnset: true });
  }

  private modified(
    name: string,
    form: { readonly operator: string; readonly emptyIsUnset: boolean },
  ): string {
    const { operator, emptyIsUnset } = form;
    const written = emptyIsUnset ? `:${operator}` : operator;
    const trims = operator === "#" || operator === "%";
    const known = "+-?#%".includes(operator);
    if ((!known && !emptyIsUnset) || (trims && emptyIsUnset)) throw unsupported(written);
    const word = this.argument("}", { rawEscapes: trims, pattern: trims });
    const value = this.value(name);
    if (value === undefined && this.options.keepUnset) return `\${${name}${written}${word}}`;
    if (!known) throw unsupported(written);
    const missing = value === undefined || (emptyIsUnset && value === "");
    if (operator === "-") return missing ? word : value;
    if (operator === "+") return missing ? "" : word;
    if (operator === "?") return this.required(name, { value, word, missing });
    return trimPattern(value ?? "", word, operator);
  }

  private required(
    name: string,
    {
      value,
      word,
      missing,
    }: { readonly value: string | undefined; readonly word: string; readonly missing: boolean },
  ): string {
    if (!missing) return value as string;
    const reason = value === undefined ? "is not allowed to be unset" : "is not allowed to be empty";
    throw syntax(`${name}: ${word === "" ? reason : word}`);
  }

  private replaced(name: string): string {
    const all = this.peek() === "/";
    if (all) this.at++;
    const pattern = this.argument("/", { rawEscapes: true, pattern: true });
    const replacement = this.argument("}", { rawEscapes: true });
    const value = this.value(name);
    if (value === undefined && this.options.keepUnset)
      return `\${${name}/${all ? "/" : ""}${pattern}/${replacement}}`;
    return replacePattern(value ?? "", pattern, { replacement, all });
  }

  /** The word inside braces; a missing end is the brace's, whatever we were looking for. */
  private argument(stop: string, mode: Mode): string {
    const from = this.at;
    try {
      return this.until(stop, mode).text;
    } catch (error) {
      if (this.at >= this.input.length && from <= this.input.length && isUnterminated(error))
        throw syntax(`syntax error: missing '${stop}'${stop === "/" ? IN_BRACES : ""}`);
      throw error;
    }
  }

  private name(): string {
    const characters = readName(this.input, this.at);
    this.at += characters.length;
    return characters.join("");
  }

  /** The value of a variable, noting that it was asked for. */
  private value(name: string): string | undefined {
    const value = this.lookup(name);
    (value === undefined ? this.unmatched : this.used).add(name);
    return value;
  }

  private peek(): string | undefined {
    return this.input[this.at];
  }

  private next(): string | undefined {
    return this.input[this.at++];
  }
}
