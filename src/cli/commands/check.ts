import { type CheckOptions, type CheckResult, check, TareError } from "../../api/index.ts";
import type { CheckReport } from "../../check/index.ts";
import { checkJson } from "../check-json.ts";
import { checkSarif } from "../check-sarif.ts";
import { checkText } from "../check-text.ts";
import type { Command } from "../command.ts";
import type { Parsed } from "../flags.ts";
import { pairs, required } from "../pairs.ts";
import { checkSpec } from "./check-spec.ts";

export const command: Command = {
  spec: checkSpec,
  async run(flags, { env, outPieces, err }) {
    const format = formatOf(flags.string("format") ?? "text");
    const result = await check(optionsOf(flags, env), process.stdin);
    if (format !== checkText)
      for (const { rule, line, title } of result.fixes)
        err.write(`fixed ${result.report.file}:${line}: ${title} (${rule})\n`);
    await outPieces(format(result));
    const { warnings, error } = result.report;
    if (warnings.length > 0 && error)
      err.write(`ERROR: lint violation found for rules: ${ruleNames(warnings)}\n`);
    return warnings.length > 0 ? 1 : 0;
  },
};

const FORMATS: Readonly<Record<string, (result: CheckResult) => Iterable<string>>> = {
  text: checkText,
  json: ({ report }) => checkJson(report),
  sarif: ({ report }) => checkSarif(report),
};

function formatOf(name: string): (result: CheckResult) => Iterable<string> {
  const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  if (format) return format;
  throw new TareError("user-bad-flag", `invalid value ${JSON.stringify(name)} for --format`, {
    hint: `it takes ${Object.keys(FORMATS).join(", ")}`,
  });
}

function ruleNames(warnings: CheckReport["warnings"]): string {
  return [...new Set(warnings.map(({ rule }) => rule.id))].join(", ");
}

function optionsOf(flags: Parsed, environment: CheckOptions["environment"]): CheckOptions {
  const [context, ...more] = flags.args;
  if (context === undefined || more.length > 0)
    throw new TareError(
      "user-bad-flag",
      `tare check requires exactly 1 argument, but got ${flags.args.length}`,
      { hint: "name the folder of the build: tare check ." },
    );
  const optional = {
    dockerfile: flags.string("file"),
    target: flags.string("target"),
    config: flags.string("config"),
    root: flags.string("root"),
    environment,
  };
  return {
    context,
    buildArgs: pairs(flags.list("build-arg"), () => undefined),
    buildContexts: pairs(flags.list("build-context"), required("build-context", "NAME=SPEC")),
    skip: flags.list("skip").flatMap((names) => names.split(",").map((name) => name.trim())),
    error: flags.boolean("error"),
    fix: flags.boolean("fix"),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}
