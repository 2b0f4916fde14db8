import { DT_VERDEF, DT_VERNEED, type Dynamic } from "./dynamic.ts";
import type { ElfBytes } from "./elf-bytes.ts";
import type { VersionNeed } from "./elf-file.ts";
import { damagedElf, type Fields, type Format, fieldsAt } from "./fields.ts";

/** What the version sections are read from. */
export interface VersionSource {
  readonly file: ElfBytes;
  readonly format: Format;
  readonly dynamic: Dynamic;
}

const WEAK = 2;
/** Bytes of each structure of the version sections, and where it says how far the next one of its kind is. */
const NEED = { length: 16, next: 12 };
const NEED_VERSION = { length: 16, next: 12 };
const DEFINITION = { length: 20, next: 16 };

/** The versions wanted of each library (LSB, "Version Requirements"); none without `DT_VERNEED`. */
export function readVersionNeeds(source: VersionSource): readonly VersionNeed[] {
  const { dynamic } = source;
  const budget = { left: MAX_STEPS };
  return [...structures(source, { start: startOf(source, DT_VERNEED), shape: NEED, budget })].map(
    ({ fields, offset }) => ({
      library: dynamic.string(fields.u32(4)),
      versions: [...structures(source, { start: offset + fields.u32(8), shape: NEED_VERSION, budget })].map(
        (version) => ({
          name: dynamic.string(version.fields.u32(8)),
          weak: (version.fields.u16(4) & WEAK) !== 0,
        }),
      ),
    }),
  );
}

/** The versions that a library has (LSB, "Version Definitions"); none without `DT_VERDEF`. */
export function readVersions(source: VersionSource): readonly string[] {
  const budget = { left: MAX_STEPS };
  return [...structures(source, { start: startOf(source, DT_VERDEF), shape: DEFINITION, budget })].map(
    ({ fields, offset }) => {
      const name = fieldsAt(source.file, {
        offset: offset + fields.u32(12),
        length: 8,
        format: source.format,
        what: "a version",
      });
      return source.dynamic.string(name.u32(0));
    },
  );
}

function startOf({ dynamic }: VersionSource, tag: number): number | undefined {
  const address = dynamic.values(tag).at(-1);
  return address === undefined ? undefined : dynamic.offsetOf(address);
}

interface Shape {
  readonly length: number;
  readonly next: number;
}

/** Structures together, in all lists of a section: far more than any file has. */
const MAX_STEPS = 20_000;

/** A list of structures, each of which says how far away the next one is: 0 after the last. */
function* structures(
  { file, format }: VersionSource,
  list: { readonly start: number | undefined; readonly shape: Shape; readonly budget: { left: number } },
): Generator<{ readonly fields: Fields; readonly offset: number }> {
  const { start, shape, budget } = list;
  if (start === undefined) return;
  for (let offset = start; ; ) {
    if (budget.left-- <= 0) throw damagedElf("it has too many versions");
    const fields = fieldsAt(file, { offset, length: shape.length, format, what: "a version" });
    yield { fields, offset };
    const distance = fields.u32(shape.next);
    if (distance === 0) return;
    offset += distance;
  }
}
