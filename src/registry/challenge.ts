/** One way to be let in, as a server offers it in WWW-Authenticate (RFC 9110, 11.6.1). */
export interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** By names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Reads the header, of which there may be several; what is malformed is left out. */
export function parseChallenges(header: string | readonly string[] | undefined): readonly Challenge[] {
  const texts = typeof header === "string" ? [header] : (header ?? []);
  return texts.flatMap((text) => (text.length > LONGEST ? [] : parseOne(text)));
}

const LONGEST = 16_384;
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = new RegExp(`[\\s,]*(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))`, "y");
const SCHEME = new RegExp(`[\\s,]*(${TOKEN})(?=\\s|,|$)`, "y");

function parseOne(text: string): readonly Challenge[] {
  const challenges: { readonly scheme: string; readonly parameters: Map<string, string> }[] = [];
  for (let at = 0; at < text.length; ) {
    const parameter = match(PARAMETER, text, at);
    const found = parameter ?? match(SCHEME, text, at);
    if (!found) break;
    at += found[0].length;
    if (!parameter) challenges.push({ scheme: (found[1] ?? "").toLowerCase(), parameters: new Map() });
    else
      challenges.at(-1)?.parameters.set((found[1] ?? "").toLowerCase(), found[3] ?? unquoted(found[2] ?? ""));
  }
  return challenges;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function unquoted(text: string): string {
  return text.replace(/\\(.)/g, "$1");
}
