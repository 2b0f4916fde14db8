/** Values pushed on one side, read in order on the other. Unbounded: events are small and readers quick. */
export interface Channel<T> {
  push(value: T): void;
  end(): void;
  fail(error: unknown): void;
  /** Everything pushed so far and from now on; throws what `fail` was given. */
  items(): AsyncGenerator<T, void>;
}

export function channel<T>(): Channel<T> {
  const queue: T[] = [];
  let closed: { readonly error?: unknown } | undefined;
  let wake = () => {};
  return {
    push(value) {
      queue.push(value);
      wake();
    },
    end() {
      closed ??= {};
      wake();
    },
    fail(error) {
      closed ??= { error };
      wake();
    },
    async *items() {
      for (;;) {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) yield next;
        if (closed) break;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if ("error" in closed) throw closed.error;
    },
  };
}
