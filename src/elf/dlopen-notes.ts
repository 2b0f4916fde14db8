import type { ElfBytes } from "./elf-bytes.ts";
import type { DlopenNote } from "./elf-file.ts";
import { fieldsAt } from "./fields.ts";
import { type Header, PT_NOTE } from "./header.ts";

/** `FDO`'s number for notes of libraries that are loaded by name. */
const NOTE_DLOPEN = 0x407c0c0a;
/** Far more than any file has. */
const MAX_SEGMENTS = 16;
const MAX_SIZE = 64 * 1024;

/**
 * What a file says that it loads by name while it runs (systemd.io/ELF_DLOPEN_METADATA). No loader reads
 * these notes, so one that can not be read says nothing, and is no damage.
 */
export function readDlopenNotes(file: ElfBytes, { segments, format }: Header): readonly DlopenNote[] {
  const notes: DlopenNote[] = [];
  for (const { offset, size } of segments.filter(({ type }) => type === PT_NOTE).slice(0, MAX_SEGMENTS)) {
    const bytes = Buffer.from(file.read(offset, Math.min(size, MAX_SIZE)));
    for (let at = 0; at + 12 <= bytes.length; ) {
      const head = fieldsAt(file, { offset: offset + at, length: 12, format, what: "a note" });
      const name = at + 12;
      const description = name + aligned(head.u32(0));
      const end = description + head.u32(4);
      const isOurs = head.u32(8) === NOTE_DLOPEN && bytes.toString("latin1", name, name + 4) === "FDO\0";
      if (isOurs && end <= bytes.length) notes.push(...parseNote(bytes.toString("utf8", description, end)));
      at = description + aligned(head.u32(4));
    }
  }
  return notes;
}

function aligned(size: number): number {
  return Math.ceil(size / 4) * 4;
}

function parseNote(text: string): readonly DlopenNote[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(/\0+$/, ""));
  } catch {
    return [];
  }
  return Array.isArray(parsed) ? parsed.flatMap((item: unknown) => noteOf(item) ?? []) : [];
}

function noteOf(item: unknown): DlopenNote | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const { soname, priority, description, feature } = item as Readonly<Record<string, unknown>>;
  const libraries = Array.isArray(soname)
    ? soname.filter((name) => typeof name === "string" && name !== "")
    : [];
  if (libraries.length === 0) return undefined;
  const reason = [description, feature].find((text) => typeof text === "string" && text !== "");
  return {
    libraries,
    isRequired: priority === "required",
    ...(typeof reason === "string" && { reason: reason.slice(0, 200) }),
  };
}
