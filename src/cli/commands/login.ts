import { login, TareError } from "../../api/index.ts";
import { takeAtMost } from "../arguments.ts";
import type { Command } from "../command.ts";
import type { Parsed } from "../flags.ts";
import { askFor } from "../prompt.ts";
import type { Terminal } from "../terminal.ts";

export const command: Command = {
  spec: {
    name: "login",
    summary: "Keep the credentials for a registry, where docker keeps them",
    usage: "[SERVER]",
    flags: [
      { name: "username", short: "u", type: "string", value: "NAME", description: "user of the registry" },
      {
        name: "password",
        short: "p",
        type: "string",
        value: "PASSWORD",
        description: "password or token; others can see it in the list of processes, so use --password-stdin",
      },
      { name: "password-stdin", type: "boolean", description: "read the password from standard input" },
    ],
    examples: [
      "tare login registry.example.com",
      "tare login -u me --password-stdin registry.example.com < token.txt",
    ],
  },
  async run(flags, terminal) {
    takeAtMost(1, "login", flags);
    const [server] = flags.args;
    const { username, password } = await credentials(flags, terminal);
    const request = {
      username,
      password,
      environment: terminal.env,
      ...(server !== undefined && { server }),
    };
    const { place } = await login(request, terminal.signal);
    if ("path" in place)
      terminal.err.write(
        `WARNING: the password is not encrypted in ${place.path}; credsStore in that file names a program that keeps it\n`,
      );
    terminal.out("Login Succeeded\n");
    return 0;
  },
};

async function credentials(
  flags: Parsed,
  terminal: Terminal,
): Promise<{ readonly username: string; readonly password: string }> {
  const fromStdin = flags.boolean("password-stdin");
  const given = flags.string("password");
  if (fromStdin && given !== undefined)
    throw new TareError("user-bad-flag", "--password and --password-stdin are mutually exclusive", {
      hint: "leave one out",
    });
  const username = flags.string("username");
  if (fromStdin && username === undefined)
    throw new TareError("user-bad-flag", "--password-stdin needs --username", { hint: "add -u NAME" });
  if (!fromStdin && given === undefined && !terminal.hasKeyboard)
    throw new TareError(
      "user-bad-flag",
      "the password can not be asked for: standard input is not a terminal",
      {
        hint: "use -u NAME --password-stdin",
      },
    );
  const name = username ?? (await askFor("Username: ", terminal, { hidden: false }));
  const password = fromStdin
    ? await restOfStdin()
    : (given ?? (await askFor("Password: ", terminal, { hidden: true })));
  if (name !== "" && password !== "") return { username: name, password };
  throw new TareError("user-bad-flag", "a username and a password are needed", {
    hint: "use -u NAME --password-stdin",
  });
}

/** Without the end of its last line. */
async function restOfStdin(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}
