import { jsonOf, kindOf, printed, type Value } from "./template-values.ts";

const VERB = /%([-+0 #]*)(\d{1,4})?(?:\.(\d{1,3}))?([a-zA-Z%])/g;

/** Go's `printf` for what templates print: `%s %v %d %q %x %t %f %%` with flags, width and precision (fmt, "Printing"). */
export function goFormat(format: string, args: readonly Value[]): string {
  const waiting = [...args];
  const out = format.replace(
    VERB,
    (_whole, flags: string, width = "0", precision: string | undefined, verb: string) => {
      if (verb === "%") return "%";
      if (waiting.length === 0) throw new Error(`%${verb} has no argument`);
      const value = formatted(verb, { value: waiting.shift(), precision });
      const signed =
        flags.includes("+") && "df".includes(verb) && !value.startsWith("-") ? `+${value}` : value;
      if (flags.includes("-")) return signed.padEnd(Number(width));
      return signed.padStart(Number(width), flags.includes("0") && verb !== "s" ? "0" : " ");
    },
  );
  if (waiting.length > 0)
    throw new Error(`there are ${waiting.length} arguments more than the format has verbs`);
  return out;
}

function formatted(
  verb: string,
  { value, precision }: { readonly value: Value; readonly precision: string | undefined },
): string {
  switch (verb) {
    case "s":
    case "v":
      return printed(value).slice(0, precision === undefined || verb === "v" ? undefined : Number(precision));
    case "q":
      return jsonOf(printed(value));
    case "d":
      return String(Math.trunc(number(verb, value)));
    case "f":
      return number(verb, value).toFixed(Number(precision ?? 6));
    case "x":
      return typeof value === "number" ? value.toString(16) : Buffer.from(printed(value)).toString("hex");
    case "t":
      if (typeof value === "boolean") return String(value);
      throw new Error(`%t takes true or false, but got ${kindOf(value)}`);
    default:
      throw new Error(`%${verb} is not supported; there are %s %v %d %q %x %t %f`);
  }
}

function number(verb: string, value: Value): number {
  if (typeof value === "number") return value;
  throw new Error(`%${verb} takes a number, but got ${kindOf(value)}`);
}
