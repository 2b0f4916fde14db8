/** Signals that this process gets and a container shall have, while the object lives. */
export interface PassedSignals extends Disposable {
  readonly list: AsyncIterable<NodeJS.Signals>;
}

const PASSED = ["SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;

/**
 * ^C is not among them: the terminal sends it to the whole foreground group, the container included. It is
 * only kept from ending this process first.
 */
export function passedSignals(): PassedSignals {
  const waiting: NodeJS.Signals[] = [];
  let wake = () => {};
  let ended = false;
  const listener = (name: NodeJS.Signals) => {
    waiting.push(name);
    wake();
  };
  for (const name of PASSED) process.on(name, listener);
  async function* list(): AsyncGenerator<NodeJS.Signals> {
    while (!ended) {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) yield next;
      if (ended) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return {
    list: list(),
    [Symbol.dispose]() {
      ended = true;
      wake();
      for (const name of PASSED) process.off(name, listener);
    },
  };
}
