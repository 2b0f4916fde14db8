import type { PackageExplanation } from "../api/index.ts";

/** Why a package is in a base, in words; ends with a line feed. */
export function whyText(name: string, answer: PackageExplanation): string {
  const place = `${answer.recipe} for ${answer.platform}`;
  return `${lines(name, answer, place).join("\n")}\n`;
}

function lines(name: string, answer: PackageExplanation, place: string): readonly string[] {
  switch (answer.kind) {
    case "chosen":
      return [`${name} ${answer.version} is in ${place}:`, ...reasons(answer)];
    case "dropped":
      return [
        `${name} is left out of ${place}:`,
        ...answer.drops.map(
          ({ by, relation, rule, reason, saidIn }) =>
            `  ${by} wants ${relation}, but ${reason} (rule "${rule}"${saidIn ? ` in ${placeText(saidIn)}` : ""})`,
        ),
      ];
    case "unneeded":
      return [
        `nothing in ${place} wants ${name}${answer.near === undefined ? "" : `; did you mean ${answer.near}?`}`,
      ];
  }
}

/** From the named package down, with the recipe that names it. */
function reasons({ chains, namedIn }: Pick<Chosen, "chains" | "namedIn">): readonly string[] {
  return chains.map((chain) => {
    const [head = ""] = chain;
    const place = namedIn[head];
    if (chain.length === 1) return `  ${place ? placeText(place) : "the recipe"} names it`;
    return `  ${chain.join(" needs ")}${place ? `; ${placeText(place)} names ${head}` : ""}`;
  });
}

type Chosen = Extract<PackageExplanation, { readonly kind: "chosen" }>;

/** `the recipe cc`, or `ours.yaml:7`. */
function placeText({ recipe, line }: { readonly recipe: string; readonly line?: number }): string {
  return line === undefined ? `the recipe ${recipe}` : `${recipe}:${line}`;
}
