import { type CommandSpec, type Flag, GLOBAL_FLAGS } from "./flags.ts";

/** The help of a command, from its table; ends with a line feed. */
export function helpText(spec: CommandSpec): string {
  const parts = [
    spec.summary,
    "",
    `Usage: tare ${spec.name} [FLAGS] ${spec.usage}`.trimEnd(),
    "",
    "Flags:",
    ...flagLines([...spec.flags, ...GLOBAL_FLAGS]),
    ...(spec.examples.length > 0 ? ["", "Examples:", ...spec.examples.map((example) => `  ${example}`)] : []),
  ];
  return `${parts.join("\n")}\n`;
}

/** The page of a command in docs/, from the same table. */
export function markdownPage(spec: CommandSpec): string {
  const rows = [...spec.flags, ...GLOBAL_FLAGS].map(
    (flag) =>
      `| ${flag.short ? `\`-${flag.short}\`, ` : ""}\`--${flag.name}${flag.value ? ` ${flag.value}` : ""}\` | ${flag.description.replaceAll("|", "\\|")} |`,
  );
  const refused = Object.entries(spec.refused ?? {}).map(([name, reason]) => `| \`--${name}\` | ${reason} |`);
  const ignored = (spec.ignored ?? []).map(({ name, description }) => `| \`--${name}\` | ${description} |`);
  const parts = [
    `# tare ${spec.name}`,
    "",
    `${spec.summary}.`,
    "",
    "```",
    `tare ${spec.name} [FLAGS] ${spec.usage}`.trimEnd(),
    "```",
    "",
    "| flag | meaning |",
    "| --- | --- |",
    ...rows,
    ...(refused.length > 0
      ? ["", "Refused, because:", "", "| flag | reason |", "| --- | --- |", ...refused]
      : []),
    ...(ignored.length > 0
      ? [
          "",
          "Accepted with a warning, and changing nothing:",
          "",
          "| flag | reason |",
          "| --- | --- |",
          ...ignored,
        ]
      : []),
    ...(spec.examples.length > 0 ? ["", "```", ...spec.examples, "```"] : []),
  ];
  return `${parts.join("\n")}\n`;
}

function flagLines(flags: readonly Flag[]): readonly string[] {
  const left = flags.map(
    ({ name, short, value }) => `  ${short ? `-${short}, ` : "    "}--${name}${value ? ` ${value}` : ""}`,
  );
  const width = Math.max(...left.map((text) => text.length)) + 3;
  return flags.map(
    ({ description, type }, index) =>
      `${(left[index] as string).padEnd(width)}${description}${type === "list" ? " (repeatable)" : ""}`,
  );
}
