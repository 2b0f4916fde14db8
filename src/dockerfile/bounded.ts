import { TareError } from "../base/index.ts";

/** Characters of one result: variables that double each other must not eat all memory. */
const MAX_LENGTH = 4 * 1024 * 1024;

/** The text itself, unless it has grown beyond what an expansion may come to (`user-dockerfile-syntax`). */
export function bounded(text: string): string {
  if (text.length <= MAX_LENGTH) return text;
  throw new TareError("user-dockerfile-syntax", `the result has more than ${MAX_LENGTH} characters`, {
    hint: "keep long values in a file",
  });
}
