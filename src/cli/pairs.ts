import { TareError } from "../api/index.ts";

/** `K=V` flags as a record; without `=` the value is what `missing` gives. */
export function pairs<T>(
  words: readonly string[],
  missing: (word: string) => T,
): Readonly<Record<string, string | T>> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf("=");
      return at < 0 ? [word, missing(word)] : [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

/** For flags that want a value: `user-bad-flag` naming the flag. */
export function required(flag: string, form: string): (word: string) => never {
  return (word) => {
    throw new TareError("user-bad-flag", `--${flag} ${word}: a value is missing`, {
      hint: `write --${flag} ${form}`,
    });
  };
}
