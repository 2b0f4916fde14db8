import { inspectContainer, TareError } from "../../api/index.ts";
import type { Command } from "../command.ts";
import { containerChoice } from "../each-container.ts";

export const command: Command = {
  spec: {
    name: "port",
    summary: "Show where the ports of a running container are published",
    usage: "CONTAINER [PORT[/udp]]",
    flags: [],
    examples: ["tare port web", "tare port web 80"],
  },
  async run(flags, terminal) {
    const [container, port, ...more] = flags.args;
    if (container === undefined || more.length > 0)
      throw new TareError("user-bad-flag", "tare port requires 1 or 2 arguments", {
        hint: "write tare port CONTAINER [PORT]",
      });
    const { record, status } = await inspectContainer(containerChoice(container, { flags, terminal }));
    const published = status === "running" ? (record.process?.published ?? []) : [];
    const wanted = port === undefined || port.includes("/") ? port : `${port}/tcp`;
    const rows = published.map(({ address = "0.0.0.0", hostPort, containerPort, protocol }) => ({
      inside: `${containerPort}/${protocol}`,
      outside: `${address.includes(":") ? `[${address}]` : address}:${hostPort}`,
    }));
    const found = rows.filter(({ inside }) => wanted === undefined || inside === wanted);
    if (wanted !== undefined && found.length === 0)
      throw new TareError("resolve-container", `no public port '${wanted}' published for ${container}`, {
        hint: `\`tare port ${container}\` lists those that are`,
      });
    for (const { inside, outside } of found)
      terminal.out(wanted === undefined ? `${inside} -> ${outside}\n` : `${outside}\n`);
    return 0;
  },
};
