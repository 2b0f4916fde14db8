import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { ElfFile } from "./elf-file.ts";
import { askReadelf, elfFilesIn, makeElf, sampleProgram } from "./fixtures.ts";
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

for (const wide of [false, true])
  for (const little of [false, true])
    test(`${wide ? 64 : 32} bits, ${little ? "little" : "big"} endian: every fact is found where it is`, () => {
      const bytes = makeElf({
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
  assert.equal(readElf(makeElf(form))?.isStatic, true);
  assert.equal(readElf(makeElf({ ...form, type: 3, dynamic: [[14, "libicudata.so.72"]] }))?.isStatic, false);
  assert.equal(readElf(makeElf({ ...form, type: 3, dynamic: [[0x6ffffffb, 0x8000000]] }))?.isStatic, true);
  assert.equal(readElf(makeElf({ ...form, dynamic: [[1, "libc.so.6"]] }))?.isStatic, false);
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
      assert.deepEqual(readElf(makeElf({ wide, little, machine: 62, notes }))?.dlopenNotes, [
        { libraries: ["libx.so.2", "libx.so.1"], isRequired: true, reason: "Drawing" },
        { libraries: ["liby.so"], isRequired: false, reason: "y" },
        { libraries: ["libz.so"], isRequired: false },
      ]);
  const lying = makeElf({ wide: true, little: true, machine: 62, notes: ["[]"] });
  lying.writeUInt32LE(0xffffffff, 1536);
  assert.deepEqual(readElf(lying)?.dlopenNotes, []);
});

test("an object file tells its kind and nothing more, and what is no ELF file tells nothing", () => {
  const object = makeElf({ wide: true, little: true, machine: 62, type: 1, dynamic: [[1, "x"]] });
  assert.deepEqual([readElf(object)?.type, readElf(object)?.needed], ["relocatable", []]);
  for (const text of ["", "\x7f", "\x7fEL", "#!/bin/sh\n", "!<arch>\n"])
    assert.equal(readElf(Buffer.from(text, "latin1")), undefined);
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
