import type { Supplier } from "./types.ts";

/**
 * Who a package is from, out of `Name <mail>`, as Debian, npm and Python write it. An address that is none is left
 * out, because documents with one do not pass as valid. Undefined without a name.
 */
export function readSupplier(text: string | undefined, kind?: Supplier["kind"]): Supplier | undefined {
  const match = /^\s*"?([^<"(]*)"?\s*(?:<([^>]*)>)?/.exec(text ?? "");
  return supplierOf({ name: match?.[1], email: match?.[2], kind });
}

/** The same out of its parts. Whether it is a person shows in the name, unless it is said. */
export function supplierOf(parts: {
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly kind?: Supplier["kind"] | undefined;
}): Supplier | undefined {
  const name = parts.name?.replace(/\s+/g, " ").trim();
  if (!name) return undefined;
  const kind = parts.kind ?? (GROUP.test(name) ? "organization" : "person");
  const email = parts.email?.trim() ?? "";
  return { kind, name, ...(isAddress(email) && { email }) };
}

const GROUP =
  /\b(?:authors|debian|developers?|foundation|group|inc|list|maintainers?|packagers?|project|team|ubuntu)\b/i;

/** Stricter than mail is: what every validator takes. */
function isAddress(text: string): boolean {
  return text.length <= 254 && /^\w+(?:[.+-]\w+)*@[a-z0-9]+(?:[.-][a-z0-9]+)*\.[a-z]{2,}$/i.test(text);
}
