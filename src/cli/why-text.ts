import type { PackageExplanation } from "../api/index.ts";

/** Why a package is in a base, in words; ends with a line feed. */
export function whyText(name: string, answer: PackageExplanation): string {
  const place = `${answer.recipe} for ${answer.platform}`;
  return `${lines(name, answer, place).join("\n")}\n`;
}

function lines(name: string, answer: PackageExplanation, place: string): readonly string[] {
  switch (answer.kind) {
    case "chosen":
      return [`${name} ${answer.version} is in ${place}:`, ...reasons(answer.chains)];
    case "dropped":
      return [
        `${name} is left out of ${place}:`,
        ...answer.drops.map(
          ({ by, relation, rule, reason }) => `  ${by} wants ${relation}, but ${reason} (rule "${rule}")`,
        ),
      ];
    case "unneeded":
      return [
        `nothing in ${place} wants ${name}${answer.near === undefined ? "" : `; did you mean ${answer.near}?`}`,
      ];
  }
}

/** From the named package down. */
function reasons(chains: readonly (readonly string[])[]): readonly string[] {
  return chains.map((chain) => (chain.length === 1 ? "  the recipe names it" : `  ${chain.join(" needs ")}`));
}
