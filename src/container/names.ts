import { randomInt } from "node:crypto";
import { TareError } from "../base/index.ts";

const QUALITIES =
  "amber bold brisk calm clear crisp deft eager fair fleet fond frank glad grand keen kind light lively lucid mild neat nimble plain prompt quick quiet ready rapid sharp sleek smart snug sober spry stout sunny swift tidy trim warm".split(
    " ",
  );
const THINGS =
  "anvil arbor barge basin beacon birch brook canal cedar cliff comet cove crane delta ember fjord forge grove harbor hazel heron kiln lark lever linden loom maple meadow mill otter pebble pier pine quarry raven reef ridge spruce thicket wharf".split(
    " ",
  );

/** A name for a container that was given none: one of 1,600, or with a number behind it where that is taken. */
export function generatedName(taken: ReadonlySet<string>): string {
  for (let number = 0; ; number++) {
    const name = `${QUALITIES[randomInt(QUALITIES.length)]}_${THINGS[randomInt(THINGS.length)]}`;
    const numbered = number < 10 ? name : `${name}_${randomInt(number * 10)}`;
    if (!taken.has(numbered)) return numbered;
  }
}

/** A name as Docker allows it; `user-bad-flag` for others. */
export function checkedName(name: string): string {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name) && name.length <= 255) return name;
  throw new TareError("user-bad-flag", `invalid container name ${JSON.stringify(name)}`, {
    hint: "use two or more of a-z, A-Z, 0-9, _, . and -, the first of them a letter or a digit",
  });
}
