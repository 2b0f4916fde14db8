import type { ControlHandlers } from "./control.ts";
import type { ContainerLife } from "./life.ts";

/**
 * Answers those who want a container to end, or to know when it has. `stay` is called when it shall not be started again:
 * somebody stops it, or sends SIGKILL or its stop signal.
 */
export function signalHandlers(
  life: Pick<ContainerLife, "running" | "ended">,
  {
    send,
    stay,
    stopSignal,
  }: {
    readonly send: (name: NodeJS.Signals) => void;
    readonly stay: () => void;
    readonly stopSignal: NodeJS.Signals;
  },
): Pick<ControlHandlers, "signal" | "stop" | "wait"> {
  return {
    async signal({ name }) {
      await life.running;
      if (name === "SIGKILL" || name === stopSignal) stay();
      send(name);
    },
    async stop({ signal, timeout }) {
      await life.running;
      stay();
      send(signal);
      const last = timeout < 0 ? undefined : setTimeout(() => send("SIGKILL"), timeout * 1000);
      const code = await life.ended;
      clearTimeout(last);
      return code;
    },
    wait: () => life.ended,
  };
}
