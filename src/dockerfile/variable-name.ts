const SPECIAL = new Set(["@", "*", "#", "?", "-", "$", "!"]);

/**
 * The name of a variable that begins at a position: letters, digits and `_`; or digits alone; or one of the
 * shell's special parameters. "" when no name begins there.
 */
export function readName(input: readonly string[], at: number): readonly string[] {
  const first = input[at];
  if (first === undefined) return [];
  if (/[\p{L}_]/u.test(first)) return takeWhile(input, at, /[\p{L}\p{Nd}_]/u);
  if (/\p{Nd}/u.test(first)) return takeWhile(input, at, /\p{Nd}/u);
  return SPECIAL.has(first) ? [first] : [];
}

function takeWhile(input: readonly string[], from: number, wanted: RegExp): readonly string[] {
  let end = from;
  while (end < input.length && wanted.test(input[end] as string)) end++;
  return input.slice(from, end);
}
