import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import { wholeBytes } from "./elf-bytes.ts";
import type { ElfFile } from "./elf-file.ts";
import { askReadelf, elfFilesIn, sampleProgram } from "./fixtures.ts";
import { machineName } from "./machine.ts";
import { readElf } from "./read-elf.ts";

const hasReadelf = spawnSync("readelf", ["--version"]).status === 0;
if (!hasReadelf && process.env.CI) throw new Error("readelf has to be installed where CI is set");
const skip = !hasReadelf && "readelf is not installed here";

/** Every so many files: a few hundred in all. */
function sample(paths: readonly string[], count: number): readonly string[] {
  const step = Math.max(1, Math.floor(paths.length / count));
  return paths.filter((_, index) => index % step === 0);
}

/** Without what readelf does not say in one word. */
function comparable({ machine, bits, flags: _, isStatic: __, dlopenNotes: ___, ...rest }: ElfFile): unknown {
  return { ...rest, bits, machine: machineName({ machine, bits }) };
}

const MACHINES: Readonly<Record<string, string>> = {
  "Advanced Micro Devices X86-64": "x86-64",
  "Intel 80386": "x86",
  AArch64: "AArch64",
  ARM: "ARM",
  "RISC-V": "RISC-V",
};

const LIBRARIES = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"].filter((path) =>
  existsSync(path),
);

for (const folder of ["/usr/bin", ...LIBRARIES, "/usr/sbin"])
  test(`readelf agrees with every fact of the files in ${folder}`, {
    skip,
  }, () => {
    const paths = sample(elfFilesIn(folder), 250);
    assert.ok(paths.length > 10, String(paths.length));
    const facts = askReadelf(paths);
    for (const path of paths) {
      const { machine, ...expected } = facts.get(path) ?? assert.fail(`readelf says nothing of ${path}`);
      const elf = readElf(readFileSync(path)) ?? assert.fail(`${path} is no ELF file`);
      assert.deepEqual(comparable(elf), { ...expected, machine: MACHINES[machine] ?? machine }, path);
    }
  });

test("a file without section headers says the same", () => {
  const bytes = sampleProgram();
  const whole = readElf(bytes);
  const wide = bytes[4] === 2;
  bytes.fill(0, wide ? 40 : 32, wide ? 48 : 36);
  bytes.fill(0, wide ? 58 : 46, wide ? 64 : 52);
  assert.deepEqual(readElf(bytes), whole);
  assert.ok((whole?.versionNeeds.length ?? 0) > 0);
});

/** What a hand-made file is to say, each at a place of its own. */
interface Made {
  readonly wide: boolean;
  readonly little: boolean;
  readonly type?: number;
  readonly machine: number;
  readonly interpreter?: string;
  /** Descriptions of notes about what is loaded by name. */
  readonly notes?: readonly string[];
  readonly dynamic?: readonly (readonly [tag: number, value: number | string])[];
}

/** Where the file is mapped: addresses are not places in the file. */
const BASE = 0x10000;

/** An ELF file written field by field from the specification, in any of the four forms. */
function make({ wide, little, type = 2, machine, interpreter, dynamic = [], notes = [] }: Made): Buffer {
  const bytes = Buffer.alloc(2048);
  const write = (at: number, size: number, value: number) =>
    little
      ? bytes.writeUIntLE(value, at, Math.min(size, 6))
      : bytes.writeUIntBE(value, at + Math.max(size - 6, 0), Math.min(size, 6));
  const word = wide ? 8 : 4;
  bytes.write("\x7fELF", "latin1");
  bytes.set([wide ? 2 : 1, little ? 1 : 2, 1], 4);
  const strings = [""];
  const textAt = (value: string) => {
    const at = strings.join("\0").length + 1;
    strings.push(value);
    return at;
  };
  const [interpAt, dynamicAt, stringsAt] = [512, 640, 1024];
  const entries = dynamic.map(
    ([tag, value]) => [tag, typeof value === "string" ? textAt(value) : value] as const,
  );
  const text = `${strings.join("\0")}\0`;
  const all = [...entries, [5, BASE + stringsAt] as const, [10, text.length] as const, [0, 0] as const];
  for (const [index, [tag, value]] of all.entries()) {
    write(dynamicAt + index * 2 * word, word, tag);
    write(dynamicAt + index * 2 * word + word, word, value);
  }
  bytes.write(text, stringsAt, "latin1");
  const segments = [{ type: 1, offset: 0, size: 2048 }];
  if (dynamic.length > 0) segments.push({ type: 2, offset: dynamicAt, size: all.length * 2 * word });
  if (interpreter !== undefined) {
    bytes.write(`${interpreter}\0`, interpAt, "latin1");
    segments.push({ type: 3, offset: interpAt, size: interpreter.length + 1 });
  }
  let noteAt = 1536;
  for (const note of notes) {
    for (const [index, value] of [4, note.length + 1, 0x407c0c0a].entries())
      write(noteAt + index * 4, 4, value);
    bytes.write(`FDO\0${note}`, noteAt + 12, "latin1");
    noteAt += 16 + Math.ceil((note.length + 1) / 4) * 4;
  }
  if (notes.length > 0) segments.push({ type: 4, offset: 1536, size: noteAt - 1536 });
  const headerSize = wide ? 64 : 52;
  write(16, 2, type);
  write(18, 2, machine);
  write(wide ? 32 : 28, word, headerSize);
  write(wide ? 54 : 42, 2, wide ? 56 : 32);
  write(wide ? 56 : 44, 2, segments.length);
  for (const [index, segment] of segments.entries()) {
    const at = headerSize + index * (wide ? 56 : 32);
    write(at, 4, segment.type);
    write(at + (wide ? 8 : 4), word, segment.offset);
    write(at + (wide ? 16 : 8), word, BASE + segment.offset);
    write(at + (wide ? 32 : 16), word, segment.size);
  }
  return bytes;
}

for (const wide of [false, true])
  for (const little of [false, true])
    test(`${wide ? 64 : 32} bits, ${little ? "little" : "big"} endian: every fact is found where it is`, () => {
      const bytes = make({
        ...{ wide, little, machine: 20, interpreter: "/lib/ld.so.1" },
        dynamic: [
          [1, "libb.so.2"],
          [14, "me.so"],
          [1, "liba.so.1"],
          [15, "/old:$ORIGIN/../lib"],
          [29, "$ORIGIN::/x/$LIB"],
          [0x6ffffffb, 0x800],
        ],
      });
      assert.deepEqual(readElf(bytes), {
        ...{ bits: wide ? 64 : 32, endian: little ? "little" : "big", machine: 20, flags: 0 },
        ...{ type: "executable", isStatic: false, interpreter: "/lib/ld.so.1", soname: "me.so" },
        ...{ needed: ["libb.so.2", "liba.so.1"], rpath: ["/old", "$ORIGIN/../lib"] },
        ...{ runpath: ["$ORIGIN", "/x/$LIB"], noDefaultPaths: true, versionNeeds: [], versions: [] },
        dlopenNotes: [],
      });
    });

test("a program without loader and libraries is static, a library that needs nothing is not", () => {
  const form = { wide: true, little: true, machine: 62 };
  assert.equal(readElf(make(form))?.isStatic, true);
  assert.equal(readElf(make({ ...form, type: 3, dynamic: [[14, "libicudata.so.72"]] }))?.isStatic, false);
  assert.equal(readElf(make({ ...form, type: 3, dynamic: [[0x6ffffffb, 0x8000000]] }))?.isStatic, true);
  assert.equal(readElf(make({ ...form, dynamic: [[1, "libc.so.6"]] }))?.isStatic, false);
});

test("what is loaded by name is told by notes, and a note that can not be read tells nothing", () => {
  const notes = [
    '[{"soname":["libx.so.2","libx.so.1"],"feature":"x","description":"Drawing","priority":"required"}]',
    '[{"soname":["liby.so"],"feature":"y"},{"soname":[]},{"soname":["libz.so",7],"priority":"suggested"},3,null]',
    "[{",
    "{}",
    '[{"soname":"libw.so"}]',
  ];
  for (const wide of [false, true])
    for (const little of [false, true])
      assert.deepEqual(readElf(make({ wide, little, machine: 62, notes }))?.dlopenNotes, [
        { libraries: ["libx.so.2", "libx.so.1"], isRequired: true, reason: "Drawing" },
        { libraries: ["liby.so"], isRequired: false, reason: "y" },
        { libraries: ["libz.so"], isRequired: false },
      ]);
  const lying = make({ wide: true, little: true, machine: 62, notes: ["[]"] });
  lying.writeUInt32LE(0xffffffff, 1536);
  assert.deepEqual(readElf(lying)?.dlopenNotes, []);
});

test("an object file tells its kind and nothing more, and what is no ELF file tells nothing", () => {
  const object = make({ wide: true, little: true, machine: 62, type: 1, dynamic: [[1, "x"]] });
  assert.deepEqual([readElf(object)?.type, readElf(object)?.needed], ["relocatable", []]);
  for (const text of ["", "\x7f", "\x7fEL", "#!/bin/sh\n", "!<arch>\n"])
    assert.equal(readElf(Buffer.from(text, "latin1")), undefined);
});

/** A damaged file is an error of ours, or reads as something; nothing else may happen. */
function survives(bytes: Uint8Array): void {
  try {
    readElf(bytes);
  } catch (error) {
    assert.ok(error instanceof TareError && error.code === "integrity-archive", String(error));
    assert.match(error.message, /^damaged ELF file: /);
  }
}

test("a file cut off anywhere is damaged, or says less", () => {
  const bytes = sampleProgram();
  for (let length = 0; length < bytes.length; length += length < 2000 ? 1 : 97)
    survives(bytes.subarray(0, length));
  assert.throws(() => readElf(bytes.subarray(0, 63)), { code: "integrity-archive" });
});

test("a real program with any bytes changed is damaged, or says something", () => {
  const whole = sampleProgram();
  const table = whole[4] === 2 ? 64 : 52;
  const place = fc.oneof(
    fc.nat(63),
    fc.nat(13 * 56).map((at) => table + at),
    fc.nat(whole.length - 1),
  );
  const change = fc.tuple(place, fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255)));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
      const bytes = Buffer.from(whole);
      for (const [at, value] of changes) bytes[at] = value;
      survives(bytes);
    }),
    { numRuns: 3000 },
  );
});

test("a hand-made file with any numbers in its tables is damaged, or says something", () => {
  const numbers = fc.oneof(
    fc.constantFrom(0, 1, 2047, 2048, 0x7fffffff, 0xffffffff),
    fc.nat(0xffffffff),
    fc.nat(4096).map((at) => BASE + at),
  );
  const tags = fc.constantFrom(1, 5, 10, 14, 15, 29, 0x6ffffffb, 0x6ffffffc, 0x6ffffffe);
  fc.assert(
    fc.property(
      fc.record({ wide: fc.boolean(), little: fc.boolean(), machine: fc.nat(65535), type: fc.nat(5) }),
      fc.array(fc.tuple(tags, numbers), { minLength: 1, maxLength: 12 }),
      (form, dynamic) => survives(make({ ...form, dynamic })),
    ),
    { numRuns: 2000 },
  );
});

test("lists that lead into themselves, names without end and tables without end cost no time", () => {
  const form = { wide: true, little: true, machine: 62 };
  // Each version need claims the list of versions of the next ones, 16 bytes further on.
  const nested = Buffer.concat([
    make({ ...form, dynamic: [[0x6ffffffe, BASE + 2048]] }),
    Buffer.alloc(1 << 20),
  ]);
  nested.writeBigUInt64LE(BigInt(nested.length), 64 + 32);
  for (let at = 2048; at + 16 <= nested.length; at += 16) {
    nested.writeUInt32LE(16, at + 8);
    nested.writeUInt32LE(16, at + 12);
  }
  const started = performance.now();
  assert.throws(() => readElf(nested), /too many versions/);
  const endless = Buffer.alloc(1 << 22, 1);
  make({ ...form, dynamic: [[1, 1]] }).copy(endless, 0, 0, 640);
  for (let at = 640; at + 16 <= endless.length; at += 16) {
    endless.writeBigUInt64LE(1n, at);
    endless.writeBigUInt64LE(1n, at + 8);
  }
  endless.writeBigUInt64LE(BigInt(endless.length), 64 + 32);
  endless.writeBigUInt64LE(BigInt(endless.length - 640), 64 + 56 + 32);
  assert.throws(() => readElf(endless), /no end/);
  assert.ok(performance.now() - started < 2000);
});

test("only the few stretches that say something are read of a large file", () => {
  const bytes = sampleProgram();
  const large = Buffer.concat([bytes, Buffer.alloc(1 << 24)]);
  const inner = wholeBytes(large);
  let read = 0;
  const counted = {
    size: inner.size,
    read: (at: number, length: number) => {
      read += length;
      return inner.read(at, length);
    },
  };
  assert.deepEqual(readElf(counted), readElf(bytes));
  assert.ok(read < 100_000, String(read));
});

test("this Node is a dynamic program, and a static one is told from it", () => {
  const node = readElf(readFileSync(process.execPath)) ?? assert.fail();
  assert.equal(node.isStatic, false);
  assert.ok(node.needed.includes("libc.so.6"));
  const busybox = ["/bin/busybox", "/usr/sbin/ldconfig"].find(
    (path) => existsSync(path) && /statically linked|not a dynamic/.test(lddOf(path)),
  );
  if (busybox) assert.equal(readElf(readFileSync(busybox))?.isStatic, true);
});

function lddOf(path: string): string {
  try {
    return execFileSync("ldd", [path], { stdio: "pipe" }).toString();
  } catch (error) {
    return String((error as { stderr?: Buffer }).stderr);
  }
}
