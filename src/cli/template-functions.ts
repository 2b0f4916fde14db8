import { goFormat } from "./template-printf.ts";
import { isList, isMap, isTrue, jsonOf, kindOf, printed, type Value } from "./template-values.ts";

/** A function of templates; it throws an `Error` that says what is wrong with the arguments. */
export type TemplateFunction = (...args: readonly Value[]) => Value;

/** Go's functions (text/template, "Functions") and Docker's own. */
export const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  json: (...args) => jsonOf(only(args)),
  join: (...args) => {
    const [list, separator] = two(args);
    if (!isList(list)) throw new Error(`it takes a list and a separator, but got ${kindOf(list)}`);
    return list.map(printed).join(text(separator));
  },
  split: (...args) => {
    const [whole, separator] = two(args);
    return text(whole).split(text(separator));
  },
  lower: (...args) => text(only(args)).toLowerCase(),
  upper: (...args) => text(only(args)).toUpperCase(),
  title: (...args) =>
    text(only(args)).replace(/(?<![\p{L}\p{N}_'])\p{Ll}/gu, (letter) => letter.toUpperCase()),
  pad: (...args) => {
    if (args.length !== 3) throw new Error(`it takes 3 arguments, but got ${args.length}`);
    const [value, before, behind] = args;
    return value === "" ? "" : " ".repeat(count(before)) + text(value) + " ".repeat(count(behind));
  },
  truncate: (...args) => {
    const [value, length] = two(args);
    return text(value).slice(0, count(length));
  },
  len: (...args) => {
    const value = only(args);
    if (isMap(value)) return value.size;
    return isList(value) ? value.length : Buffer.byteLength(text(value));
  },
  index: (first, ...keys) => keys.reduce((value, key) => element(value, key), first),
  slice: (first, ...bounds) => {
    const value = isList(first) ? first : text(first);
    const [from = 0, to = value.length, ...more] = bounds.map(count);
    if (more.length > 0 || from > to || to > value.length) throw new Error("the bounds are out of its range");
    return value.slice(from, to);
  },
  print: (...args) => spaced(args),
  println: (...args) => `${args.map(printed).join(" ")}\n`,
  printf: (format, ...args) => goFormat(text(format), args),
  not: (...args) => !isTrue(only(args)),
  and: (...args) => args.find((value) => !isTrue(value)) ?? args.at(-1),
  or: (...args) => args.find(isTrue) ?? args.at(-1),
  eq: (first, ...others) => {
    if (others.length === 0) throw new Error("it takes 2 arguments or more");
    return others.some((other) => same(first, other));
  },
  ne: (...args) => !same(...two(args)),
  lt: (...args) => order(...two(args)) < 0,
  le: (...args) => order(...two(args)) <= 0,
  gt: (...args) => order(...two(args)) > 0,
  ge: (...args) => order(...two(args)) >= 0,
};

function only(args: readonly Value[]): Value {
  if (args.length !== 1) throw new Error(`it takes 1 argument, but got ${args.length}`);
  return args[0];
}

function two(args: readonly Value[]): readonly [Value, Value] {
  if (args.length !== 2) throw new Error(`it takes 2 arguments, but got ${args.length}`);
  return [args[0], args[1]];
}

function text(value: Value): string {
  if (typeof value === "string") return value;
  throw new Error(`it takes text, but got ${kindOf(value)}`);
}

const MOST = 10_000;

function count(value: Value): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MOST) return value;
  throw new Error(`it takes a number from 0 to ${MOST}, but got ${printed(value)}`);
}

/** A map without the key gives what its values are when they are empty: text is all that they are here. */
function element(value: Value, key: Value): Value {
  if (isMap(value)) return value.get(text(key)) ?? "";
  if (!isList(value)) throw new Error(`${kindOf(value)} has no elements`);
  const at = count(key);
  if (at < value.length) return value[at];
  throw new Error(`${at} is out of its range: there are ${value.length}`);
}

/** Go's Sprint puts a space between two values when neither is text. */
function spaced(args: readonly Value[]): string {
  return args
    .map((value, at) => {
      const apart = at > 0 && typeof value !== "string" && typeof args[at - 1] !== "string";
      return (apart ? " " : "") + printed(value);
    })
    .join("");
}

function same(a: Value, b: Value): boolean {
  if ([a, b].some((value) => typeof value === "object" && value !== null))
    throw new Error(`${kindOf(a)} and ${kindOf(b)} can not be compared`);
  if (a !== undefined && b !== undefined && a !== null && b !== null && typeof a !== typeof b)
    throw new Error(`${kindOf(a)} and ${kindOf(b)} can not be compared`);
  return a === b;
}

function order(a: Value, b: Value): number {
  const comparable = typeof a === typeof b && (typeof a === "string" || typeof a === "number");
  if (!comparable) throw new Error(`${kindOf(a)} and ${kindOf(b)} have no order`);
  if (a === b) return 0;
  return (a as string) < (b as string) ? -1 : 1;
}
