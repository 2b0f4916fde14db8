import { entriesOf, type GrowingMap, TareError } from "../base/index.ts";
import { type ArgInstruction, type Expanded, expandWord, type Word } from "../dockerfile/index.ts";
import { formatPlatform, type Platform } from "../oci/index.ts";
import type { CheckRequest } from "./types.ts";

export type Variables = ReadonlyMap<string, string>;

/** What holds at one place of a stage; the next place has another view. */
export type View<V> = Pick<ReadonlyMap<string, V>, "get" | "has" | "keys">;

export function viewOf<V>(map: GrowingMap<V>): View<V> {
  return new MapView(map);
}

/** A class, because its functions are then not there once for each of a hundred thousand places. */
class MapView<V> implements View<V> {
  readonly #map: GrowingMap<V>;

  constructor(map: GrowingMap<V>) {
    this.#map = map;
  }

  get(name: string): V | undefined {
    return entriesOf(this.#map).get(name);
  }

  has(name: string): boolean {
    return entriesOf(this.#map).has(name);
  }

  keys(): MapIterator<string> {
    return entriesOf(this.#map).keys();
  }
}

/** The platform arguments, which FROM lines and `ARG NAME` in stages can use. */
export function platformArgs({ platform, target }: Pick<CheckRequest, "platform" | "target">): Variables {
  return new Map([
    ...describe("BUILD", platform),
    ...describe("TARGET", platform),
    ["TARGETSTAGE", target || "default"],
  ]);
}

/** The ARGs before the first FROM over the platform arguments; `given` wins over defaults. */
export function globalVariables(
  args: readonly ArgInstruction[],
  {
    platform,
    given,
    escape,
  }: {
    readonly platform: Variables;
    readonly given: Readonly<Record<string, string>>;
    readonly escape: "\\" | "`";
  },
): Variables {
  const variables = new Map(platform);
  for (const key of platform.keys()) if (given[key] !== undefined) variables.set(key, given[key]);
  for (const { key, value } of args.flatMap(({ pairs }) => pairs)) {
    const text = given[key.text] ?? (value && expanded(value, variables, escape)?.text);
    if (text !== undefined) variables.set(key.text, text);
  }
  return variables;
}

/** A word with its variables replaced; undefined where that is impossible, which a build will say. */
export function expanded(
  word: Word | string,
  variables: Pick<Variables, "get">,
  escape: "\\" | "`",
): Expanded | undefined {
  try {
    const text = typeof word === "string" ? word : word.text;
    return expandWord(text, (name) => variables.get(name), { escape });
  } catch (error) {
    if (error instanceof TareError) return undefined;
    throw error;
  }
}

function describe(prefix: string, platform: Platform): readonly (readonly [string, string])[] {
  return [
    [`${prefix}PLATFORM`, formatPlatform(platform)],
    [`${prefix}OS`, platform.os],
    [`${prefix}OSVERSION`, ""],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant ?? ""],
  ];
}
