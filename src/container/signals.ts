import type { ControlHandlers } from "./control.ts";
import type { ContainerLife } from "./life.ts";

/** Answers those who want a container to end, or to know when it has. */
export function signalHandlers(
  life: Pick<ContainerLife, "running" | "ended">,
  send: (name: NodeJS.Signals) => void,
): Pick<ControlHandlers, "signal" | "stop" | "wait"> {
  return {
    async signal({ name }) {
      await life.running;
      send(name);
    },
    async stop({ signal, timeout }) {
      await life.running;
      send(signal);
      const last = timeout < 0 ? undefined : setTimeout(() => send("SIGKILL"), timeout * 1000);
      const code = await life.ended;
      clearTimeout(last);
      return code;
    },
    wait: () => life.ended,
  };
}
