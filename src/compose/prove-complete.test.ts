import assert from "node:assert/strict";
import { test } from "node:test";
import { TareError } from "../base/index.ts";
import { arrange } from "./arrange.ts";
import { openedPackage, ROOT, recipeOf, refuses, resolved, type Sample } from "./fixtures.ts";
import { proveComplete } from "./prove-complete.ts";

const SCRIPT: Sample = { path: "usr/bin/tool", mode: 0o755, text: "#!/usr/bin/python3\n" };
const NOBODY = async () => new Map<string, readonly string[]>();

async function proved(
  samples: readonly Sample[],
  {
    recipe = {},
    findOwners = NOBODY,
  }: { recipe?: Parameters<typeof recipeOf>[0]; findOwners?: typeof NOBODY } = {},
) {
  const whole = recipeOf({ name: "test", ...recipe });
  const parts = await arrange(whole, { packages: [openedPackage(resolved("a"), samples)], npm: [] });
  return proveComplete(whole, { parts, findOwners });
}

test("what is missing is an error that says which package would bring it, asked for by what is missing", async () => {
  const asked: string[] = [];
  const findOwners = async (wanted: readonly string[] = []) => {
    asked.push(...wanted);
    return new Map(wanted.map((one) => [one, ["python3"]]));
  };
  await assert.rejects(
    proved([SCRIPT], { findOwners }),
    refuses("resolve-incomplete", /^the image of test is not complete:\n {2}.*usr\/bin\/tool.*\n?.*python3/),
  );
  assert.ok(
    asked.some((path) => path.endsWith("usr/bin/python3")),
    asked.join(),
  );
});

test("an interpreter that is there, a link that leads somewhere, and what is allowed are no gaps", async () => {
  const python: Sample = { path: "usr/bin/python3", mode: 0o755, text: "not an ELF file" };
  await proved([SCRIPT, python, { path: "usr/bin/p", kind: "symlink", link: "python3" }]);
  await proved([SCRIPT], { recipe: { allow: { missing: ["/usr/bin/python3"], dangling: [] } } });
});

test("a script of the recipe itself, and one whose first name is left out, are looked at, too", async () => {
  const files = [{ ...ROOT, path: "/start", mode: 0o755, content: "#!/bin/sh\n" }];
  await assert.rejects(proved([], { recipe: { files } }), refuses("resolve-incomplete", /start .*\/bin\/sh/));
  const samples: readonly Sample[] = [SCRIPT, { path: "usr/bin/zz", kind: "hardlink", link: "usr/bin/tool" }];
  await assert.rejects(
    proved(samples, { recipe: { exclude: ["/usr/bin/tool"] } }),
    refuses("resolve-incomplete", /usr\/bin\/zz .*python3/),
  );
});

test("of many gaps the first are named, and the rest counted", async () => {
  const links = Array.from(
    { length: 20 },
    (_, at): Sample => ({ path: `l${at}`, kind: "symlink", link: "gone" }),
  );
  await assert.rejects(proved(links), (error) => {
    assert.ok(error instanceof TareError);
    const lines = error.message.split("\n");
    assert.deepEqual([lines.length, lines.at(-1)], [14, "  and 8 more"]);
    return true;
  });
});
