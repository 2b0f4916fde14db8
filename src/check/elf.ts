import type { ProgramKind } from "./types.ts";

/** Bytes from the beginning of a file that tell what kind of program it is; program headers stand close to it. */
export const PROGRAM_HEAD = 64 * 1024;

const PT_INTERP = 3;

/** What a file is by its first bytes: an ELF program that names a loader is dynamic (System V ABI, "Program Header"). */
export function programKind(head: Uint8Array): ProgramKind {
  const magic =
    head.length >= 64 && head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46;
  if (!magic) return "other";
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const wide = head[4] === 2;
  const little = head[5] === 1;
  const executable = [2, 3].includes(view.getUint16(16, little));
  const offset = wide ? Number(view.getBigUint64(32, little)) : view.getUint32(28, little);
  const size = view.getUint16(wide ? 54 : 42, little);
  const count = view.getUint16(wide ? 56 : 44, little);
  for (let index = 0; index < count; index++) {
    const at = offset + index * size;
    if (at + 4 > head.length) break;
    if (view.getUint32(at, little) === PT_INTERP) return "dynamic";
  }
  return executable ? "static" : "other";
}
