import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256 } from "../../base/index.ts";
import type { LockedTarget } from "../../compose/index.ts";
import { lockToWrite } from "./base-locks.ts";

const MONDAY = "Mon, 16 Nov 2026 08:00:00 UTC";
const TUESDAY = "Tue, 17 Nov 2026 08:00:00 UTC";

/** Of one suite, whose list is of some day; the recipe stands for what was chosen by it. */
function lockedOn(date: string, recipe: string): LockedTarget {
  const head = { release: "13", architecture: "amd64", debug: false, recipe: sha256(recipe) } as const;
  const release = { repository: "debian", suite: "trixie-security", codename: "trixie-security", date };
  const releases = [{ ...release, sha256: sha256(date), signedBy: ["key"] }];
  return { ...head, releases, packages: [], npm: [], dropped: [] };
}

const write = (before: LockedTarget | undefined, after: LockedTarget) =>
  lockToWrite({ path: "ours.lock.json", before: before ? [before] : [], after: [after] });

test("what newer lists changed is written, and what any lists leave the same is not", () => {
  assert.match(write(lockedOn(MONDAY, "a"), lockedOn(TUESDAY, "b"))?.text ?? "", /Tue, 17 Nov/);
  assert.match(write(undefined, lockedOn(MONDAY, "a"))?.text ?? "", /Mon, 16 Nov/);
  for (const [one, other] of [
    [MONDAY, TUESDAY],
    [TUESDAY, MONDAY],
  ] as const)
    assert.equal(write(lockedOn(one, "a"), lockedOn(other, "a")), undefined);
});

test("what a list that is older than the lock would change is refused, with both dates", () => {
  assert.throws(() => write(lockedOn(TUESDAY, "a"), lockedOn(MONDAY, "b")), {
    code: "integrity-signature",
    message: `the list of trixie-security is older than the lock ours.lock.json: it is of ${MONDAY}, the lock's of ${TUESDAY}`,
  });
});
