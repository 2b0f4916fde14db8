/** Control characters except line feeds and tabs, and those that turn the direction of text. */
const STEERING = /(?![\n\t])[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu;
/** From here on Unicode has a sign for each of U+0000 to U+001F. */
const CONTROL_PICTURES = 0x2400;

/** Text of a file or of another machine as it is shown: what would steer the terminal is a sign of one column. */
export function visibleText(text: string): string {
  return text.replace(STEERING, picture);
}

/** The same for a name, which may hold line feeds and tabs and stays on one line: they are signs, too. */
export function visibleName(name: string): string {
  return visibleText(name).replace(/[\n\t]/g, picture);
}

function picture(character: string): string {
  return character < " " ? String.fromCharCode(CONTROL_PICTURES + character.charCodeAt(0)) : "\uFFFD";
}

/** What others say of themselves, on one line: a space for what would steer the terminal, and for what is not seen. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
}

/** The same JSON, with escapes for what would steer the terminal: JSON's own rules leave some of that as it is. */
export function visibleJson(json: string): string {
  return json.replace(STEERING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
