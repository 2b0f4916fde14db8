/** Passes text on with every secret in it replaced, also one that arrives in several pieces. */
export interface Mask {
  /** What can be shown by now. */
  push(text: string): string;
  /** What was held back in case a secret went on. */
  end(): string;
}

const MASKED = "*****";
/** Shorter values would blacken half of the log and protect nothing. */
const SHORTEST = 4;

/** A mask for values; each of their lines counts too, because tools print files line by line. */
export function createMask(values: readonly string[]): Mask {
  const secrets = [
    ...new Set(values.flatMap((value) => [value.trim(), ...value.split("\n").map((line) => line.trim())])),
  ]
    .filter((secret) => secret.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
  let held = "";
  return {
    push(text) {
      if (secrets.length === 0) return text;
      const clean = secrets.reduce((shown, secret) => shown.replaceAll(secret, MASKED), held + text);
      const keep = Math.max(...secrets.map((secret) => beginningAtEnd(clean, secret)));
      held = clean.slice(clean.length - keep);
      return clean.slice(0, clean.length - keep);
    },
    end() {
      const rest = held;
      held = "";
      return rest;
    },
  };
}

/** How many characters at the end of a text are the beginning of a secret. */
function beginningAtEnd(text: string, secret: string): number {
  for (let length = Math.min(secret.length - 1, text.length); length > 0; length--)
    if (text.endsWith(secret.slice(0, length))) return length;
  return 0;
}
