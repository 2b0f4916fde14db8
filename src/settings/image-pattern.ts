import { TareError } from "../base/index.ts";
import { canonicalName, parseReference, type Reference } from "../oci/index.ts";

/**
 * The complete form of an image's name in which `*` stands for any characters but a slash, with Docker's defaults:
 * `python:3*` is `docker.io/library/python:3*`. Without a tag `:latest` is meant, unless the name ends with `*`, which
 * then stands for the tag, too. Undefined for what is no name, and for one with a digest.
 */
export function completePattern(text: string): string | undefined {
  const plain = text.replaceAll("*", "x");
  try {
    const { digest, ...ref } = parseReference(plain);
    if (digest !== undefined) return undefined;
    const whole = withEndOf(text, { plain, whole: canonicalName(ref) });
    return ref.tag !== undefined || whole.endsWith("*") ? whole : `${whole}:latest`;
  } catch (error) {
    if (error instanceof TareError) return undefined;
    throw error;
  }
}

/** The stars back in their places: completing a name changes only what it begins with. */
function withEndOf(
  text: string,
  { plain, whole }: { readonly plain: string; readonly whole: string },
): string {
  let length = 0;
  while (length < plain.length && plain.at(-length - 1) === whole.at(-length - 1)) length++;
  return whole.slice(0, whole.length - length) + text.slice(text.length - length);
}

/** Whether a complete pattern stands for this image. The digest counts for nothing. */
export function matchesPattern(pattern: string, { digest: _, ...ref }: Reference): boolean {
  const name = canonicalName({ tag: "latest", ...ref }).split("/");
  const wanted = pattern.split("/");
  return wanted.length === name.length && wanted.every((part, at) => matchesPart(part, name[at] as string));
}

/** One component: what is between the stars has to come in its order, so the first place of each is as good as any. */
function matchesPart(pattern: string, text: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  const tail = rest.pop();
  if (tail === undefined) return pattern === text;
  if (!text.startsWith(head)) return false;
  let at = head.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - tail.length >= at && text.endsWith(tail);
}
