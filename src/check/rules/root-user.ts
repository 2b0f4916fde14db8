import { isApplication, startedPrograms } from "../application.ts";
import { runsAsRoot } from "../base-facts.ts";
import { type CheckContext, chainOf } from "../context.ts";
import { ruleUrl } from "../rule-url.ts";
import { runScripts, someScript } from "../run-script.ts";
import { runtimeOf } from "../runtime.ts";
import type { Rule } from "../types.ts";
import { expanded } from "../variables.ts";

export const rootUser: Rule = {
  id: "RootUser",
  group: "tare",
  severity: "warning",
  summary: "The program of the final image runs as root",
  url: ruleUrl("RootUser"),
  *check(context) {
    const { final } = context;
    if (!isApplication(final) || mayDropRights(context)) return;
    const { user, cmd, entrypoint } = runtimeOf(final);
    const range = user?.step?.instruction.range ?? final.stage.from.range;
    const isRoot = user?.step ? isRootName(context) : runsAsRoot(final.base);
    if (!isRoot) return;
    const starter = cmd?.step ?? entrypoint?.step;
    yield {
      range,
      message: user?.step
        ? "The final image runs as root"
        : "The final image runs as root, as no USER is set",
      hint: `add USER 65532:65532 ${starter ? `in front of ${starter.instruction.keyword}` : "at the end"}, and give the program's files to it by COPY --chown where it writes`,
    };
  },
};

function isRootName({ final, dockerfile }: CheckContext): boolean {
  const { user } = runtimeOf(final);
  const name = user?.step && expanded(user.name, user.step.variables, dockerfile.escape)?.text;
  return ["root", "0"].includes(name?.split(":")[0] ?? "");
}

/** Scripts and servers that start as root on purpose and go on as somebody else. */
function mayDropRights(context: CheckContext): boolean {
  const { names, hasScript } = startedPrograms(context);
  if (hasScript || DROPPERS.some((name) => names.has(name))) return true;
  const pattern = new RegExp(`\\b(?:${DROPPERS.join("|")})\\b`);
  return someScript(runScripts(context, chainOf(context.final)), ({ text }) => pattern.test(text));
}

const DROPPERS =
  "gosu su-exec setpriv runuser chpst s6-setuidgid nginx httpd apache2 apache2-foreground apachectl sshd supervisord systemd init s6-svscan postgres mysqld dockerd crond cron haproxy php-fpm".split(
    " ",
  );
