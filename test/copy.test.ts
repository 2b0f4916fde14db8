import assert from "node:assert/strict";
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
    ["COPY --parents x /p/", ["p/x/a.txt", "p/x/deep/b.txt"]],
    ["COPY --parents --exclude=**/b.txt x /p/", ["p/x/a.txt"]],
    ["COPY --parents */a.txt /p/", ["p/x/a.txt", "p/y/a.txt"]],
  ];
  for (const [line, expected] of cases) assert.deepEqual(await copied(line), expected, line);
  await assert.rejects(copied("COPY --parents x/./nosuch /p/"), { code: "resolve-path" });
  assert.deepEqual(await copied("COPY --parents nosuch* /p/\nCOPY top.txt /"), ["top.txt"]);
});
