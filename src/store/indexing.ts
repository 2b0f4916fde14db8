import { indexFromTar, type LayerIndex } from "../tree/index.ts";

/** A layer's tar on its way, read by two: whoever takes the bytes, and who says what is in it. */
export interface IndexedBytes {
  /** The same bytes; what is no tar passes, too. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Once all have passed: the index, or the error of `indexFromTar`. */
  index(): Promise<LayerIndex>;
}

/** So that a tar that is stored is not read a second time for its index. The bytes are to be asked for once. */
export function indexing(bytes: AsyncIterable<Uint8Array>): IndexedBytes {
  const handed = handing();
  const index = indexFromTar(handed.bytes, { whiteouts: true });
  // It is thrown where it is asked for; who is fed no more takes no more.
  index.catch(() => undefined).finally(handed.leave);
  return {
    bytes: passing(bytes, handed),
    index: () => index,
  };
}

async function* passing(
  bytes: AsyncIterable<Uint8Array>,
  { give, end }: Handing,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of bytes) {
      await give(chunk);
      yield chunk;
    }
  } finally {
    end();
  }
}

/** Chunks from one to another, one at a time. */
interface Handing {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Waits until the chunk is done with: until the next is asked for, or nobody wants any. */
  give(chunk: Uint8Array): Promise<void>;
  end(): void;
  leave(): void;
}

function handing(): Handing {
  let asked = gate();
  let given = gate<Uint8Array | undefined>();
  let isLeft = false;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = await given.opened;
      if (!chunk) return;
      given = gate();
      yield chunk;
      asked.open();
    }
  }
  return {
    bytes: chunks(),
    async give(chunk) {
      if (isLeft) return;
      asked = gate();
      given.open(chunk);
      await asked.opened;
    },
    end: () => given.open(undefined),
    leave() {
      isLeft = true;
      asked.open();
    },
  };
}

interface Gate<T> {
  readonly opened: Promise<T>;
  readonly open: (value: T) => void;
}

function gate<T = void>(): Gate<T> {
  let open: (value: T) => void = () => undefined;
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
