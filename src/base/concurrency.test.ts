import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { limiter, mapAhead, mapConcurrent } from "./concurrency.ts";

/** Tasks that end when they are told to. */
function gates(count: number): readonly { readonly opened: Promise<void>; open(): void }[] {
  return Array.from({ length: count }, () => {
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    return { opened, open };
  });
}

async function turns(count = 3): Promise<void> {
  for (let at = 0; at < count; at++) await turn();
}

test("results have the order of the input, whatever order they come in", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(4)), fc.integer({ min: 1, max: 6 }), async (delays, limit) => {
      let [running, most] = [0, 0];
      const results = await mapConcurrent(delays, limit, async (delay, index) => {
        most = Math.max(most, ++running);
        await turns(delay);
        running--;
        return `${index}:${delay}`;
      });
      assert.deepEqual(
        results,
        delays.map((delay, index) => `${index}:${delay}`),
      );
      assert.equal(most <= limit, true);
      assert.equal(running, 0);
    }),
  );
});

test("as many calls as allowed are under way, and the next starts when one ends", async () => {
  const doors = gates(4);
  const started: number[] = [];
  const mapped = mapConcurrent(doors, 2, async (door, index) => {
    started.push(index);
    await door.opened;
  });
  await turns();
  assert.deepEqual(started, [0, 1]);
  doors[1]?.open();
  await turns();
  assert.deepEqual(started, [0, 1, 2]);
  for (const door of doors) door.open();
  await mapped;
  assert.deepEqual(started, [0, 1, 2, 3]);
});

test("the first error stops new calls and is thrown once those under way have ended", async () => {
  const doors = gates(5);
  const started: number[] = [];
  let thrown: unknown;
  const mapped = mapConcurrent(doors, 2, async (door, index) => {
    started.push(index);
    await door.opened;
    throw new Error(`error ${index}`);
  }).catch((error: unknown) => {
    thrown = error;
  });
  await turns();
  doors[1]?.open();
  await turns();
  assert.equal(thrown, undefined, "the other is still under way");
  doors[0]?.open();
  await mapped;
  assert.equal(String(thrown), "Error: error 1");
  assert.deepEqual(started, [0, 1]);
});

test("an error that is undefined, or thrown before the first wait, is an error too", async () => {
  const thrown = await mapConcurrent([1], 1, () => Promise.reject(undefined)).then(
    () => "resolved",
    (error: unknown) => error,
  );
  assert.equal(thrown, undefined);
  const throwing = (): Promise<never> => {
    throw new Error("at once");
  };
  await assert.rejects(mapConcurrent([1, 2], 2, throwing), /at once/);
});

test("nothing to do is done at once", async () => {
  assert.deepEqual(await mapConcurrent([], 4, () => assert.fail("called")), []);
});

test("a limiter runs its tasks in the order they were asked for, and no more at once", async () => {
  const limit = limiter(2);
  const doors = gates(4);
  const started: number[] = [];
  const tasks = doors.map((door, index) =>
    limit(async () => {
      started.push(index);
      await door.opened;
      return index;
    }),
  );
  await turns();
  assert.deepEqual(started, [0, 1]);
  doors[0]?.open();
  await turns();
  assert.deepEqual(started, [0, 1, 2]);
  for (const door of doors) door.open();
  assert.deepEqual(await Promise.all(tasks), [0, 1, 2, 3]);
  assert.deepEqual(started, [0, 1, 2, 3]);
});

test("a task that fails gives its place to the next", async () => {
  const limit = limiter(1);
  const results = await Promise.allSettled(
    [1, 2, 3, 4].map((value) =>
      limit(async () => {
        if (value % 2 === 0) throw new Error(`error ${value}`);
        return value;
      }),
    ),
  );
  assert.deepEqual(
    results.map((result) => (result.status === "fulfilled" ? result.value : String(result.reason))),
    [1, "Error: error 2", 3, "Error: error 4"],
  );
});

test("a limiter never runs more than it may, however its tasks come and go", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(3), fc.nat(3), fc.boolean())),
      fc.integer({ min: 1, max: 3 }),
      async (tasks, most) => {
        const limit = limiter(most);
        let [running, done] = [0, 0];
        await Promise.allSettled(
          tasks.map(async ([before, during, fails]) => {
            await turns(before);
            await limit(async () => {
              assert.equal(++running <= most, true);
              await turns(during);
              running--;
              done++;
              if (fails) throw new Error("on purpose");
            });
          }),
        );
        assert.deepEqual([running, done], [0, tasks.length]);
      },
    ),
  );
});

test("a stream is mapped ahead in order, no further than asked, and what is under way has ended before a failure is told", async () => {
  let read = 0;
  async function* numbers(): AsyncGenerator<number> {
    for (; read < 20; read++) yield read;
  }
  const stream = mapAhead(numbers(), 3, async (number) => {
    await delay(number % 2 === 0 ? 5 : 0);
    return number;
  });
  assert.equal((await stream.next()).value, 0);
  assert.ok(read <= 4, `${read} read`);
  const rest: number[] = [];
  for await (const number of stream) rest.push(number);
  assert.deepEqual(
    rest,
    Array.from({ length: 19 }, (_, index) => index + 1),
  );

  read = 0;
  let ended = 0;
  const failing = mapAhead(numbers(), 3, async (number) => {
    if (number === 0) throw new Error("no");
    await delay(5);
    ended++;
  });
  await assert.rejects(failing.next(), /no/);
  assert.equal(ended, 3);
});
