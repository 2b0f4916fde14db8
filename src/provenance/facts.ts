// What somebody sends as JSON, made sure of piece by piece.

export function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
}

/** No list is an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text of one line that says something; control characters are none, because people will read it on a screen. */
export function wordOf(value: unknown): string | undefined {
  const isWord = typeof value === "string" && value !== "" && value.length <= 4096;
  return isWord && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value) ? value : undefined;
}
