import { TareError } from "../base/index.ts";

/** Whether a word ended where more was wanted. */
export function isUnterminated(error: unknown): boolean {
  return error instanceof TareError && error.message.startsWith("unexpected end of statement");
}

/** `${name^…}` and others that the reference does not have. */
export function unsupported(modifier: string): TareError {
  return syntax(`unsupported modifier (${modifier}) in substitution`);
}

/** `user-dockerfile-syntax` without a place: whoever knows the word adds it. */
export function syntax(message: string): TareError {
  const isQuote = message.endsWith("-quote");
  return new TareError("user-dockerfile-syntax", message, {
    hint: isQuote
      ? "close the quote, or write the escape character in front of one that is text"
      : "write \\$ for a dollar sign that is none of a variable",
  });
}

/** The reference names the whole word in front of what is wrong with it. */
export function inWord(error: TareError, characters: readonly string[]): TareError {
  const word = characters.length > 200 ? `${characters.slice(0, 200).join("")}…` : characters.join("");
  const message = `failed to process ${JSON.stringify(word)}: ${error.message}`;
  return new TareError(error.code, message, error.facts);
}
