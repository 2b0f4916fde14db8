import { TareError } from "../base/index.ts";
import { bounded } from "./bounded.ts";
import { replacePattern, trimPattern } from "./shell-pattern.ts";
import { readName } from "./variable-name.ts";
import { WordList } from "./word-list.ts";

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
  /** Variables that were asked for and are not set, without those that a default covers. */
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
      const { text, words } = this.until(undefined, this.options.rawEscapes ?? false);
      return { text, words, unmatched: [...this.unmatched], used: [...this.used] };
    } catch (error) {
      throw error instanceof TareError ? this.inWord(error) : error;
    }
  }

  /** The reference names the whole word in front of what is wrong with it. */
  private inWord(error: TareError): TareError {
    const word = this.input.length > 200 ? `${this.input.slice(0, 200).join("")}…` : this.input.join("");
    const message = `failed to process ${JSON.stringify(word)}: ${error.message}`;
    return new TareError(error.code, message, error.facts);
  }

  /** Processes up to and without `stop`, or to the end; `rawEscapes` holds for all that is nested. */
  private until(stop: string | undefined, rawEscapes: boolean): Piece {
    const outer = this.rawEscapes;
    this.rawEscapes = rawEscapes;
    this.depth++;
    if (this.depth > MAX_DEPTH) throw syntax("substitutions are nested too deeply");
    const piece = this.pieceUntil(stop);
    this.depth--;
    this.rawEscapes = outer;
    return piece;
  }

  private pieceUntil(stop: string | undefined): Piece {
    const words = new WordList();
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

  private singleQuoted(): string {
    this.at++;
    let text = "";
    for (;;) {
      const character = this.next();
      if (character === undefined)
        throw syntax("unexpected end of statement while looking for matching single-quote");
      if (character === "'") return this.requote(text, "'");
      text += character;
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

  /**
   * Only `"`, `$` and the escape character itself can be escaped between double quotes. Raw, another escape
   * character is doubled by the reference, so that it stands for itself in a pattern.
   */
  private inDoubleQuotes(): string {
    const character = this.next() as string;
    if (character !== this.options.escape) return character;
    const kept = this.rawEscapes ? character : "";
    const following = this.peek();
    if (following === undefined) return kept;
    if (following !== '"' && following !== "$" && following !== this.options.escape) return kept + character;
    this.at++;
    return kept + following;
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
    if (!"+-?#%".includes(operator) || (trims && emptyIsUnset))
      throw syntax(`unsupported modifier (${written}) in substitution`);
    const word = this.argument("}", trims);
    const value = operator === "-" || operator === "+" ? this.quietly(name) : this.value(name);
    if (value === undefined && this.options.keepUnset) return `\${${name}${written}${word}}`;
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
    const pattern = this.argument("/", true);
    const replacement = this.argument("}", true);
    const value = this.value(name);
    if (value === undefined && this.options.keepUnset)
      return `\${${name}/${all ? "/" : ""}${pattern}/${replacement}}`;
    return replacePattern(value ?? "", pattern, { replacement, all });
  }

  /** The word inside braces; a missing end is the brace's, whatever we were looking for. */
  private argument(stop: string, rawEscapes: boolean): string {
    const from = this.at;
    try {
      return this.until(stop, rawEscapes).text;
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
    const value = this.quietly(name);
    if (value === undefined) this.unmatched.add(name);
    return value;
  }

  private quietly(name: string): string | undefined {
    const value = this.lookup(name);
    if (value !== undefined) this.used.add(name);
    return value;
  }

  private peek(): string | undefined {
    return this.input[this.at];
  }

  private next(): string | undefined {
    return this.input[this.at++];
  }
}

function isUnterminated(error: unknown): boolean {
  return error instanceof TareError && error.message.startsWith("unexpected end of statement");
}

function syntax(message: string): TareError {
  return new TareError("user-dockerfile-syntax", message, {
    hint: "write \\$ for a dollar sign that is none of a variable",
  });
}
