import { isApplication } from "../application.ts";
import { chainOf } from "../context.ts";
import { type ManagerCall, managerCall } from "../install.ts";
import { ruleUrl } from "../rule-url.ts";
import { type RunScript, runScripts, someScript, wordsRange } from "../run-script.ts";
import type { Rule } from "../types.ts";

export const npmDevDependencies: Rule = {
  id: "NpmDevDependencies",
  group: "tare",
  severity: "warning",
  summary: "npm ci in the final stage installs what only development needs",
  url: ruleUrl("NpmDevDependencies"),
  *check(context) {
    const scripts = runScripts(context, chainOf(context.final));
    if (!isApplication(context.final) || someScript(scripts, isPruned)) return;
    for (const script of scripts) {
      if (isProduction(script)) continue;
      for (const command of script.commands) {
        const call = managerCall(command);
        const isProductive = command.assignments.some(({ text }) => text === "NODE_ENV=production");
        if (!call || !installsAll(call) || isProductive) continue;
        yield {
          range: wordsRange(context, script, command.words),
          message: `npm ${call.verb.text} installs development dependencies into the final image`,
          hint: "add --omit=dev; if they are needed to build, build in an earlier stage",
        };
      }
    }
  },
};

function installsAll({ manager, verb, packages, flags }: ManagerCall): boolean {
  if (manager !== "npm" || packages.length > 0) return false;
  if (!["ci", "clean-install", "install", "i"].includes(verb.text)) return false;
  return !flags.some((flag) => /^--(?:omit|production|only|global)|^-g$|^--include/.test(flag));
}

function isProduction({ step, text }: RunScript): boolean {
  const { variables } = step;
  if (variables.get("NODE_ENV") === "production") return true;
  return (
    variables.has("NPM_CONFIG_OMIT") ||
    variables.has("NPM_CONFIG_PRODUCTION") ||
    /npm config set|export NODE_ENV/.test(text)
  );
}

/** Later `npm prune`, or a folder that is removed again. */
function isPruned({ text }: RunScript): boolean {
  return /npm prune|rm -[a-zA-Z]{1,9} \S*node_modules/.test(text);
}
