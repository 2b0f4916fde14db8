import {
  type BuildNeed,
  type BuildOutline,
  type BuildTarget,
  check,
  describeBuild,
  TareError,
} from "../api/index.ts";
import { requestOf } from "./build-request.ts";
import { checkJson } from "./check-json.ts";
import { checkText } from "./check-text.ts";
import type { Parsed } from "./flags.ts";
import { jsonText } from "./json-text.ts";
import { alignColumns } from "./template.ts";
import type { Terminal } from "./terminal.ts";

const CALLS = ["check", "outline", "targets"];

/** `--call NAME[,format=json][,ignorestatus=true]`: what a Dockerfile says, with nothing built. */
export async function callFrontend(call: string, flags: Parsed, terminal: Terminal): Promise<number> {
  const [name = "", ...options] = call.split(",");
  const settings = new Map(options.map((option) => option.split("=", 2) as [string, string]));
  if (!CALLS.includes(name))
    throw new TareError("user-bad-flag", `invalid value ${JSON.stringify(name)} for --call`, {
      hint: `it takes ${CALLS.join(", ")}`,
    });
  const request = requestOf(flags, terminal.env);
  const json = settings.get("format") === "json";
  if (name === "check") {
    const result = await check(request, process.stdin);
    await terminal.outPieces(json ? checkJson(result.report) : checkText(result));
    return result.report.warnings.length > 0 && settings.get("ignorestatus") !== "true" ? 1 : 0;
  }
  const { targets, outline, source } = await describeBuild(request, process.stdin);
  const sources = [Buffer.from(source).toString("base64")];
  if (name === "targets")
    terminal.out(json ? jsonText({ targets: targets.map(targetJson), sources }) : targetsText(targets));
  else terminal.out(json ? jsonText({ ...outlineJson(outline), sources }) : outlineText(outline));
  return 0;
}

/** As BuildKit's subrequests give it: what is empty is left out, each line is a range. */
function targetJson({ default: isDefault, range, ...target }: BuildTarget): object {
  return { ...target, ...(isDefault && { default: true }), ...locationJson(range) };
}

function outlineJson({ args, secrets, ssh, ...named }: BuildOutline): object {
  const need = ({ name, required, range }: BuildNeed) => ({
    name,
    ...(required && { required }),
    ...locationJson(range),
  });
  return {
    ...named,
    ...(args.length > 0 && { args: args.map(({ range, ...arg }) => ({ ...arg, ...locationJson(range) })) }),
    ...(secrets.length > 0 && { secrets: secrets.map(need) }),
    ...(ssh.length > 0 && { ssh: ssh.map(need) }),
  };
}

function locationJson({ start, end }: BuildTarget["range"]): object {
  const lines = Array.from({ length: end.line - start.line + 1 }, (_, at) => start.line + at);
  return { location: { ranges: lines.map((line) => ({ start: { line }, end: { line } })) } };
}

function targetsText(targets: readonly BuildTarget[]): string {
  const rows = targets.map(({ name, default: isDefault, description = "" }) => {
    const shown = isDefault ? [name ?? "", "(default)"].filter(Boolean).join(" ") : (name ?? "");
    return [shown === "" ? "(unnamed)" : shown, description];
  });
  return table([["TARGET", "DESCRIPTION"], ...rows]);
}

function outlineText({ name, description, args, secrets, ssh }: BuildOutline): string {
  const need = (rows: BuildOutline["secrets"]) => rows.map((row) => [row.name, row.required ? "true" : ""]);
  const sections = [
    args.length > 0 &&
      table([
        ["BUILD ARG", "VALUE", "DESCRIPTION"],
        ...args.map((arg) => [arg.name, arg.value ?? "", arg.description ?? ""]),
      ]),
    secrets.length > 0 && table([["SECRET", "REQUIRED"], ...need(secrets)]),
    ssh.length > 0 && table([["SSH", "REQUIRED"], ...need(ssh)]),
  ].filter((section) => section !== false);
  const head = `TARGET: ${name ?? "(unnamed)"}\n${description === undefined ? "" : `DESCRIPTION: ${description}\n`}`;
  return [head, ...sections].join("\n");
}

function table(rows: readonly (readonly string[])[]): string {
  return `${alignColumns(rows.map((row) => row.join("\t"))).join("\n")}\n`;
}
