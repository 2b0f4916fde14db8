import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { describeBuild, previewBuild, pruneStore } from "../src/api/index.ts";
import { openStore } from "../src/store/index.ts";
import { buildImage, folder, ROOT, run, TARE } from "./harness.ts";

const DOCKERFILE = `# VERSION is what to build
ARG VERSION=1
FROM scratch AS files
ARG VERSION
COPY src /src
LABEL version=$VERSION
# small holds one file
FROM scratch AS small
COPY --from=files /src/a /a
`;

test("a build tells which step will run and why, before and while it does", async () => {
  // New to the store, whichever builds it has seen.
  const changed = `${Date.now()}-${Math.random()}`;
  using context = folder({ Dockerfile: DOCKERFILE, "src/a": "a", "src/b": "b" });
  const request = { context: context.path, root: ROOT };
  await buildImage(request);
  assert.deepEqual(
    (await previewBuild(request)).map(({ outcome }) => outcome),
    ["hit", "hit"],
  );
  writeFileSync(join(context.path, "src/b"), changed);
  const [copy, small] = await previewBuild(request);
  assert.deepEqual([copy?.outcome, copy?.reason], ["run", "src/b has changed"]);
  assert.deepEqual(small?.outcome, "run");
  const { events } = await buildImage(request);
  const told = events.filter((event) => event.type === "step-missed").map(({ reason }) => reason);
  assert.equal(told[0], "src/b has changed");
  const again = await run(TARE, ["build", "--root", ROOT, "--plan", context.path]);
  assert.match(again.stdout, /^HIT {2}\[files 1\/1\] COPY src \/src\n.*\n2 of 2 steps are cached\n$/);
  writeFileSync(join(context.path, "src/a"), changed);
  const explained = await run(TARE, ["build", "--root", ROOT, "-q", "--explain", context.path]);
  assert.match(
    explained.stderr,
    /^Not cached:\n {2}\[files 1\/1\] COPY src \/src\n {4}because src\/a has changed\n/,
  );
});

test("what the copies of earlier builds took goes with prune, that of the last one stays", async () => {
  using store = folder({});
  using context = folder({ Dockerfile: "FROM scratch\nCOPY a b /\n", a: "1", b: "1" });
  const request = { context: context.path, root: join(store.path, "store") };
  const listings = async () => {
    const { keys } = await openStore(request.root);
    const records = await Promise.all((await keys.list()).map((digest) => keys.get(digest)));
    return records.filter((record) => (record as { readonly part?: boolean }).part).length;
  };
  for (const text of ["1", "2", "3"]) {
    writeFileSync(join(context.path, "a"), text);
    await buildImage(request);
  }
  assert.equal(await listings(), 3);
  await pruneStore({ root: request.root });
  assert.equal(await listings(), 1);
  writeFileSync(join(context.path, "b"), "4");
  const [copy] = await previewBuild(request);
  assert.deepEqual([copy?.outcome, copy?.reason], ["run", "b has changed"]);
});

test("a step that failed is not what the next build is compared with", async () => {
  using context = folder({ Dockerfile: "FROM scratch\nCOPY a /x\nCOPY a /x/\n", a: `${Date.now()}` });
  const request = { context: context.path, root: ROOT };
  for (const _ of [1, 2]) await assert.rejects(buildImage(request), { code: "user-conflict" });
  assert.deepEqual(
    (await previewBuild(request)).map(({ outcome, reason }) => [outcome, reason]),
    [
      ["hit", undefined],
      ["run", "no earlier build of it is known"],
    ],
  );
});

test("targets and what they take are told without building", async () => {
  using context = folder({
    Dockerfile: `${DOCKERFILE}FROM tare/debian:13\nRUN --mount=type=secret,id=tok,required --mount=type=ssh x\n`,
  });
  const described = await describeBuild({
    context: context.path,
    target: "small",
    buildArgs: { VERSION: "7" },
  });
  assert.deepEqual(
    described.targets.map(({ range, ...target }) => ({ ...target, line: range.start.line })),
    [
      { name: "files", default: false, base: "scratch", line: 3 },
      { name: "small", description: "holds one file", default: false, base: "scratch", line: 8 },
      { default: true, base: "tare/debian:13", line: 10 },
    ],
  );
  assert.deepEqual(
    described.outline.args.map(({ range, ...arg }) => ({ ...arg, line: range.start.line })),
    [{ name: "VERSION", value: "7", line: 4 }],
  );
  const { stdout } = await run(TARE, ["build", "--call", "targets", context.path]);
  assert.match(stdout, /^TARGET +DESCRIPTION\nfiles\nsmall +holds one file\n\(default\)\n$/);
  await assert.rejects(
    run(TARE, ["build", "--call", "nosuch", context.path]),
    /invalid value "nosuch" for --call/,
  );
});
