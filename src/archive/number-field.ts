/**
 * A number in a header block: octal digits, or base 256 when the first bit is set (GNU tar's extension
 * for what octal can not say). Blank is 0. Undefined when it is neither, or beyond 2^53.
 */
export function decodeNumber(block: Uint8Array, offset: number, length: number): number | undefined {
  const end = offset + length;
  return ((block[offset] as number) & 0x80) !== 0
    ? decodeBase256(block.subarray(offset, end))
    : decodeOctal(block, offset, end);
}

/** Whether octal digits and their closing NUL fit into a field of so many bytes. */
export function fitsOctal(value: number, width: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value < 8 ** (width - 1);
}

/** Writes a number that fits, with zeros in front, up to the field's closing NUL. */
export function putOctal(
  block: Uint8Array,
  value: number,
  { offset, length }: { readonly offset: number; readonly length: number },
): void {
  let rest = value;
  for (let at = offset + length - 2; at >= offset; at--) {
    block[at] = ZERO + (rest % 8);
    rest = Math.floor(rest / 8);
  }
}

const SPACE = 0x20;
const ZERO = 0x30;

function decodeOctal(block: Uint8Array, offset: number, end: number): number | undefined {
  let at = offset;
  while (at < end && isBlank(block[at])) at++;
  let value = 0;
  for (; at < end && !isBlank(block[at]); at++) {
    const digit = (block[at] as number) - ZERO;
    if (digit < 0 || digit > 7) return undefined;
    value = value * 8 + digit;
  }
  return value;
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === 0;
}

/** Two's complement, most significant byte first; the first bit only marks the form. */
function decodeBase256(field: Uint8Array): number | undefined {
  const negative = ((field[0] as number) & 0x40) !== 0;
  let value = 0n;
  for (const byte of field) value = (value << 8n) | BigInt(byte);
  const bits = BigInt(field.length * 8 - 1);
  value &= (1n << bits) - 1n;
  const number = Number(negative ? value - (1n << bits) : value);
  return Number.isSafeInteger(number) ? number : undefined;
}
