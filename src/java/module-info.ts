import { unsupported } from "./jimage.ts";

/** The modules that a module requires, by its module-info.class; those that are optional at run time are not told. */
export function requiredModules(bytes: Buffer): readonly string[] {
  try {
    return requiresOf(bytes);
  } catch (error) {
    if (error instanceof RangeError) throw unsupported("a module-info.class in it is damaged");
    throw error;
  }
}

const CLASS_MAGIC = 0xcafebabe;
const UTF8 = 1;
/** `requires static`. */
const STATIC = 0x40;

/** Java Virtual Machine Specification 4.1, 4.4 and 4.7.25. */
function requiresOf(bytes: Buffer): readonly string[] {
  if (bytes.readUInt32BE(0) !== CLASS_MAGIC) throw unsupported("a module-info.class in it is none");
  const { texts, names, end } = readConstants(bytes);
  // Flags, the class, the one above it; then interfaces, fields and methods, of which a module has none.
  let at = end + 12;
  for (let left = bytes.readUInt16BE(at), next = at + 2; left > 0; left--) {
    at = next;
    const name = texts.get(bytes.readUInt16BE(at));
    next = at + 6 + bytes.readUInt32BE(at + 2);
    if (name !== "Module") continue;
    const count = bytes.readUInt16BE(at + 12);
    const required = Array.from({ length: count }, (_, index) => at + 14 + 6 * index);
    return required
      .filter((one) => (bytes.readUInt16BE(one + 2) & STATIC) === 0)
      .map((one) => texts.get(names.get(bytes.readUInt16BE(one)) ?? 0) ?? "");
  }
  return [];
}

interface Constants {
  readonly texts: ReadonlyMap<number, string>;
  /** Of what has a name (classes, modules, packages) the number of its text. */
  readonly names: ReadonlyMap<number, number>;
  readonly end: number;
}

function readConstants(bytes: Buffer): Constants {
  const texts = new Map<number, string>();
  const names = new Map<number, number>();
  const count = bytes.readUInt16BE(8);
  let at = 10;
  for (let index = 1; index < count; index++) {
    const tag = bytes.readUInt8(at++);
    if (tag === UTF8) {
      const length = bytes.readUInt16BE(at);
      texts.set(index, bytes.toString("utf8", at + 2, at + 2 + length));
      at += 2 + length;
      continue;
    }
    if (NAMED.has(tag)) names.set(index, bytes.readUInt16BE(at));
    at += sizeOf(tag);
    // Long and Double take two numbers.
    if (tag === 5 || tag === 6) index++;
  }
  return { texts, names, end: at };
}

/** Class, String, MethodType, Module, Package. */
const NAMED: ReadonlySet<number> = new Set([7, 8, 16, 19, 20]);

function sizeOf(tag: number): number {
  if (NAMED.has(tag)) return 2;
  if (tag === 15) return 3;
  if (tag === 5 || tag === 6) return 8;
  if ((tag >= 3 && tag <= 4) || (tag >= 9 && tag <= 12) || tag === 17 || tag === 18) return 4;
  throw unsupported(`a module-info.class in it has a constant of the kind ${tag}`);
}
