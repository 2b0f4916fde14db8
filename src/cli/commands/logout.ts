import { logout } from "../../api/index.ts";
import { takeAtMost } from "../arguments.ts";
import type { Command } from "../command.ts";

export const command: Command = {
  spec: {
    name: "logout",
    summary: "Forget the credentials for a registry",
    usage: "[SERVER]",
    flags: [],
    examples: ["tare logout registry.example.com"],
  },
  async run(flags, { out, env, signal }) {
    takeAtMost(1, "logout", flags);
    const [server] = flags.args;
    const { host, known } = await logout(
      { environment: env, ...(server !== undefined && { server }) },
      signal,
    );
    out(known ? `Removing login credentials for ${host}\n` : `Not logged in to ${host}\n`);
    return 0;
  },
};
