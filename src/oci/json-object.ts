/** What some bytes are as JSON: an object, or why they are none that is taken. */
export type JsonObject = { readonly value: object } | { readonly problem: string };

/**
 * Reads a JSON object from outside; one that has a key which means something to JavaScript, and nothing to an image, is
 * refused. What is in it is still to be checked.
 */
export function readJsonObject(bytes: Uint8Array): JsonObject {
  let bad: string | undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"), (key, inner: unknown) => {
      if (isPrototypeKey(key, inner)) bad = key;
      return inner;
    });
    if (bad !== undefined) return { problem: `has the key ${JSON.stringify(bad)}` };
    if (typeof value === "object" && value !== null) return { value };
  } catch {
    // Told below.
  }
  return { problem: "is not a JSON object" };
}

/** A label may be called `constructor`; nothing has that with a prototype in it. */
function isPrototypeKey(key: string, value: unknown): boolean {
  if (key === "__proto__") return true;
  return (
    key === "constructor" && typeof value === "object" && value !== null && Object.hasOwn(value, "prototype")
  );
}
