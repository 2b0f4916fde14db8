import { type BuildOutline, type BuildTarget, check, describeBuild, TareError } from "../api/index.ts";
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
    terminal.out(json ? checkJson(result.report) : checkText(result));
    return result.report.warnings.length > 0 && settings.get("ignorestatus") !== "true" ? 1 : 0;
  }
  const { targets, outline } = await describeBuild(request, process.stdin);
  if (json) terminal.out(jsonText(name === "targets" ? { targets } : outline));
  else terminal.out(name === "targets" ? targetsText(targets) : outlineText(outline));
  return 0;
}

function targetsText(targets: readonly BuildTarget[]): string {
  const rows = targets.map(({ name, default: isDefault, description = "" }) => {
    const shown = isDefault ? [name ?? "", "(default)"].filter(Boolean).join(" ") : (name ?? "");
    return [shown === "" ? "(unnamed)" : shown, description];
  });
  return table([["TARGET", "DESCRIPTION"], ...rows]);
}

function outlineText({ name, description, args, secrets, ssh, caches }: BuildOutline): string {
  const need = (rows: BuildOutline["secrets"]) => rows.map((row) => [row.name, row.required ? "true" : ""]);
  const sections = [
    args.length > 0 &&
      table([
        ["BUILD ARG", "VALUE", "DESCRIPTION"],
        ...args.map((arg) => [arg.name, arg.value ?? "", arg.description ?? ""]),
      ]),
    secrets.length > 0 && table([["SECRET", "REQUIRED"], ...need(secrets)]),
    ssh.length > 0 && table([["SSH", "REQUIRED"], ...need(ssh)]),
    caches.length > 0 && table([["CACHE MOUNT"], ...caches.map((id) => [id])]),
  ].filter((section) => section !== false);
  const head = `TARGET: ${name ?? "(unnamed)"}\n${description === undefined ? "" : `DESCRIPTION: ${description}\n`}`;
  return [head, ...sections].join("\n");
}

function table(rows: readonly (readonly string[])[]): string {
  return `${alignColumns(rows.map((row) => row.join("\t"))).join("\n")}\n`;
}
