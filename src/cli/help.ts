import { type CommandSpec, type Flag, shownFlags } from "./flags.ts";

/** The help of a command, from its table; ends with a line feed. */
export function helpText(spec: CommandSpec): string {
  const parts = [
    spec.summary,
    "",
    usageLine(spec),
    "",
    ...(spec.verbs ? verbLines(spec, spec.verbs) : []),
    "Flags:",
    ...flagLines(shownFlags(spec)),
    ...(spec.examples.length > 0 ? ["", "Examples:", ...spec.examples.map((example) => `  ${example}`)] : []),
  ];
  return `${parts.join("\n")}\n`;
}

/** The page of a command in docs/, from the same table. */
export function markdownPage(spec: CommandSpec): string {
  const rows = shownFlags(spec).map(
    (flag) =>
      `| ${flag.short ? `\`-${flag.short}\`, ` : ""}\`--${flag.name}${valueText(flag).replaceAll("|", "\\|")}\` | ${flag.description.replaceAll("|", "\\|")} |`,
  );
  const refused = Object.entries(spec.refused ?? {}).map(
    ([name, reason]) => `| \`${name.length === 1 ? "-" : "--"}${name}\` | ${reason} |`,
  );
  const ignored = (spec.ignored ?? []).map(({ name, description }) => `| \`--${name}\` | ${description} |`);
  const parts = [
    `# tare ${spec.name}`,
    "",
    `${spec.summary}.`,
    "",
    "```",
    usageLine(spec).slice("Usage: ".length),
    "```",
    "",
    ...(spec.verbs
      ? ["| verb | |", "| --- | --- |", ...spec.verbs.map((verb) => verbRow(spec, verb)), ""]
      : []),
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

function usageLine({ name, usage, verbs }: CommandSpec): string {
  return `Usage: tare ${name} ${verbs ? "" : "[FLAGS] "}${usage}`.trimEnd();
}

function verbLines({ name }: CommandSpec, verbs: readonly CommandSpec[]): readonly string[] {
  const width = Math.max(...verbs.map((verb) => verbOf(name, verb).length)) + 2;
  const lines = verbs.map((verb) => `  ${verbOf(name, verb).padEnd(width)}${verb.summary}`);
  return ["Verbs:", ...lines, "", `Run 'tare ${name} VERB --help' for the flags of a verb.`, ""];
}

function verbRow({ name }: CommandSpec, verb: CommandSpec): string {
  return `| [${verbOf(name, verb)}](${pageName(verb)}) | ${verb.summary} |`;
}

function verbOf(group: string, { name }: CommandSpec): string {
  return name.slice(group.length + 1);
}

/** The file of a command's page. */
export function pageName({ name }: Pick<CommandSpec, "name">): string {
  return `${name.replace(" ", "-")}.md`;
}

function valueText({ value, words }: Flag): string {
  if (words) return `[=${value}]`;
  return value ? ` ${value}` : "";
}

function flagLines(flags: readonly Flag[]): readonly string[] {
  const left = flags.map(
    (flag) => `  ${flag.short ? `-${flag.short}, ` : "    "}--${flag.name}${valueText(flag)}`,
  );
  const width = Math.max(...left.map((text) => text.length)) + 3;
  return flags.map(
    ({ description, type }, index) =>
      `${(left[index] as string).padEnd(width)}${description}${type === "list" ? " (repeatable)" : ""}`,
  );
}
