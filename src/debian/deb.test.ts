import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { readTar } from "../archive/index.ts";
import { collectBytes, TareError } from "../base/index.ts";
import { readDeb } from "./deb.ts";
import { arOf, makeDeb } from "./fixtures.ts";

const FORMAT = ["debian-binary", Buffer.from("2.0\n")] as const;
const [CONTROL, DATA] = [Buffer.from("the control tar"), Buffer.from("the data tar!")];

function missingDpkg(): string | false {
  try {
    execFileSync("dpkg-deb", ["--version"], { stdio: "ignore" });
    return false;
  } catch {
    if (process.env.CI) throw new Error("dpkg-deb has to be installed where CI is set");
    return "SKIPPED: dpkg-deb is not installed here";
  }
}

function refused(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TareError, String(error));
    assert.equal(error.code, "integrity-archive");
    assert.match(error.message, message);
    return true;
  };
}

async function names(tar: Buffer): Promise<readonly string[]> {
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield tar;
  }
  const found: string[] = [];
  for await (const { header } of readTar(whole())) found.push(header.name);
  return found;
}

for (const compression of ["none", "gzip", "xz", "zstd"])
  test(`a package of dpkg-deb compressed with ${compression} is taken apart`, {
    skip: missingDpkg(),
  }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "tare-deb-"));
    try {
      mkdirSync(join(folder, "x/DEBIAN"), { recursive: true });
      mkdirSync(join(folder, "x/usr"));
      writeFileSync(join(folder, "x/usr/file"), "content");
      const control =
        "Package: x\nVersion: 1\nArchitecture: all\nMaintainer: me <me@localhost>\nDescription: x\n";
      writeFileSync(join(folder, "x/DEBIAN/control"), control);
      try {
        const args = [`-Z${compression}`, "--root-owner-group", "-b", `${folder}/x`, `${folder}/x.deb`];
        execFileSync("dpkg-deb", args, { stdio: "pipe" });
      } catch (error) {
        return t.skip(`SKIPPED: this dpkg-deb does not know ${compression}: ${error}`);
      }
      const deb = await readDeb(readFileSync(join(folder, "x.deb")), "x.deb");
      assert.deepEqual(await names(deb.control), ["./", "./control"]);
      assert.deepEqual(await names(await collectBytes(deb.data)), ["./", "./usr/", "./usr/file"]);
      assert.equal(deb.control.includes(control), true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

test("members are found under any compression, odd lengths and slashes at their names included", async () => {
  const deb = arOf([
    FORMAT,
    ["control.tar.gz/", gzipSync(CONTROL)],
    ["_gpgorigin", DATA],
    ["data.tar/", DATA],
  ]);
  const { control, data } = await readDeb(deb, "x");
  assert.deepEqual([control, await collectBytes(data)], [CONTROL, DATA]);
});

test("what is no package of format 2 is refused by its name", async () => {
  const control = ["control.tar", CONTROL] as const;
  const data = ["data.tar", DATA] as const;
  const cases: readonly Buffer[] = [
    arOf([]),
    arOf([control, data]),
    arOf([FORMAT, control]),
    arOf([FORMAT, data]),
    arOf([["debian-binary", Buffer.from("3.0\n")], control, data]),
  ];
  for (const bytes of cases)
    await assert.rejects(readDeb(bytes, "a.deb"), refused(/^a\.deb is not a Debian package of format 2$/));
  for (const text of ["", "!<arch>", "a page that says: not found"])
    await assert.rejects(readDeb(Buffer.from(text), "a.deb"), refused(/^a\.deb is not an ar archive$/));
});

test("a package that is cut off or damaged anywhere is refused or read, never anything else", async () => {
  const whole = await makeDeb("x", "1");
  const cut = fc.nat(whole.length - 1).map((length) => whole.subarray(0, length));
  const flip = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, bits]) => {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] as number) ^ bits;
    return bytes;
  });
  await fc.assert(
    fc.asyncProperty(fc.oneof(cut, flip), async (bytes) => {
      try {
        await collectBytes((await readDeb(bytes, "x.deb")).data);
      } catch (error) {
        assert.ok(error instanceof TareError, String(error));
        assert.match(error.code, /^(integrity-archive|user-unsupported)$/);
      }
    }),
    { numRuns: 300 },
  );
});

test("a member that is longer than the package is refused where it begins", async () => {
  const deb = arOf([FORMAT, ["control.tar", CONTROL], ["data.tar", DATA]]);
  const first = Buffer.from(deb);
  first.write("99999999", 8 + 48);
  await assert.rejects(readDeb(first, "a.deb"), refused(/damaged member header at byte 8$/));
  for (const size of ["-1", "1e1", "0x5", ""]) {
    const odd = Buffer.from(deb);
    odd.write(size.padEnd(10), 8 + 48);
    await assert.rejects(readDeb(odd, "a.deb"), refused(/damaged member header at byte 8$/), size);
  }
  await assert.rejects(readDeb(deb.subarray(0, -3), "a.deb"), refused(/damaged member header/));
});
