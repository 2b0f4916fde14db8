/**
 * File names on Linux are bytes, JavaScript strings are UTF-16. A name that is valid UTF-8 is that
 * text; a byte that is not becomes a lone surrogate U+DC80..U+DCFF (as in Python's PEP 383), so that
 * every name survives the round trip exactly and can still be a key of a map.
 */
export function decodeName(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  return text.includes("\uFFFD") ? decodeCarefully(bytes) : text;
}

/** The bytes of a name; the inverse of `decodeName`. */
export function encodeName(name: string): Buffer {
  return ESCAPED.test(name) ? encodeCarefully(name) : Buffer.from(name, "utf8");
}

/** A path in the form that `node:fs` takes without loss: text where possible, bytes where not. */
export function fsPath(path: string): string | Buffer {
  return ESCAPED.test(path) ? encodeCarefully(path) : path;
}

// With the u flag a surrogate pair is one code point, so only lone surrogates match.
const ESCAPED = /[\uDC80-\uDCFF]/u;
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeCarefully(bytes: Uint8Array): string {
  let out = "";
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes[at] as number);
    const slice = bytes.subarray(at, at + length);
    const text = length > 0 && slice.length === length ? decodeStrictly(slice) : undefined;
    out += text ?? String.fromCharCode(0xdc00 + (bytes[at] as number));
    at += text === undefined ? 1 : length;
  }
  return out;
}

function decodeStrictly(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

function encodeCarefully(name: string): Buffer {
  const parts: Buffer[] = [];
  for (const character of name) {
    const code = character.codePointAt(0) as number;
    const escaped = code >= 0xdc80 && code <= 0xdcff;
    parts.push(escaped ? Buffer.from([code - 0xdc00]) : Buffer.from(character, "utf8"));
  }
  return Buffer.concat(parts);
}
