import assert from "node:assert/strict";
import { utimesSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildImage, filesOf, folder } from "./harness.ts";

const FILES = { "x/a.txt": "a", "x/deep/b.txt": "b", "y/a.txt": "c", "y/no.md": "d", "top.txt": "t" };

async function copied(line: string): Promise<readonly string[]> {
  using context = folder({ ...FILES, Dockerfile: `FROM scratch\n${line}\n` });
  const { result } = await buildImage({ context: context.path });
  return (await filesOf(result.imageId ?? ""))
    .filter(({ path, kind }) => path !== "" && kind !== "dir")
    .map(({ path }) => path);
}

test("--parents keeps the way to a file, or what is behind the pivot of it", async () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["COPY --parents ./x/a.txt ./y/a.txt /p/", ["p/x/a.txt", "p/y/a.txt"]],
    ["COPY --parents ./x/a.txt /p", ["p/x/a.txt"]],
    ["COPY --parents ./x/./deep/b.txt /p/", ["p/deep/b.txt"]],
    ["COPY --parents x/./*.txt ./y/./*.txt /p/", ["p/a.txt"]],
    ["COPY --parents **/*.txt /p/", ["p/top.txt", "p/x/a.txt", "p/x/deep/b.txt", "p/y/a.txt"]],
    ["COPY --parents [xy]/./a.txt x/./deep/* /p/", ["p/a.txt", "p/deep/b.txt"]],
    ["COPY --parents x /p/", ["p/x/a.txt", "p/x/deep/b.txt"]],
    ["COPY --parents --exclude=**/b.txt x /p/", ["p/x/a.txt"]],
    ["COPY --parents */a.txt /p/", ["p/x/a.txt", "p/y/a.txt"]],
  ];
  for (const [line, expected] of cases) assert.deepEqual(await copied(line), expected, line);
  await assert.rejects(copied("COPY --parents x/./nosuch /p/"), { code: "resolve-path" });
  assert.deepEqual(await copied("COPY --parents nosuch* /p/\nCOPY top.txt /"), ["top.txt"]);
});

test("several sources need a directory, by a slash or by being there", async () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["COPY x/deep top.txt /new/", ["new/b.txt", "new/top.txt"]],
    ["COPY x/deep top.txt /new", ["new/b.txt", "new/top.txt"]],
    ["COPY x /old\nCOPY top.txt y/no.md /old", ["old/a.txt", "old/deep/b.txt", "old/no.md", "old/top.txt"]],
    ["COPY x y /new", ["new/a.txt", "new/deep/b.txt", "new/no.md"]],
    ["COPY nosuch* top.txt /new", ["new"]],
  ];
  for (const [line, expected] of cases) assert.deepEqual(await copied(line), expected, line);
  for (const line of [
    "COPY top.txt y/no.md /new",
    "COPY y/* /new",
    "COPY <<a top.txt /new\na",
    "COPY top.txt x /new",
  ])
    await assert.rejects(copied(line), { code: "user-conflict" }, line);
});

test("a directory that things are copied to gets the time of the source, one on the way does not", async () => {
  using context = folder({ "d/f": "f", Dockerfile: "FROM scratch\nCOPY d /way/to\n" });
  utimesSync(join(context.path, "d"), 1_000_000_000, 1_000_000_000);
  const { result } = await buildImage({ context: context.path });
  const times = (await filesOf(result.imageId ?? ""))
    .slice(1)
    .map(({ path, mtime }) => [path, mtime === 1_000_000_000]);
  assert.deepEqual(times, [
    ["way", false],
    ["way/to", true],
    ["way/to/f", false],
  ]);
});
