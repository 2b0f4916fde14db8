import assert from "node:assert/strict";
import { test } from "node:test";
import type { Digest } from "../base/index.ts";
import { createGraphBuilder, type Graph, type Vertex } from "../graph/index.ts";
import type { Store } from "../store/index.ts";
import { look } from "./look.ts";
import type { Operation } from "./operation.ts";
import { type CacheKey, cacheKey } from "./record.ts";
import { emptySnapshot, type Snapshot } from "./snapshot.ts";

const signal = new AbortController().signal;

/** A store of key records that counts what is read of it. */
function memoryStore() {
  const records = new Map<Digest, object>();
  const read: string[] = [];
  const store = {
    keys: {
      touch: () => {},
      get: async (digest: Digest) => {
        read.push("key");
        return records.get(digest);
      },
      put: async (digest: Digest, record: object) => void records.set(digest, record),
    },
    layers: {
      get: async (id: string) => {
        read.push(`layer ${id}`);
        return { id };
      },
    },
  };
  return {
    store: store as unknown as Store,
    read,
    /** Remembers a result of one layer. */
    result: (key: CacheKey, layer: string) =>
      records.set(key.digest, { key: key.data, result: { layers: [layer], created: [0] } }),
    alias: (from: CacheKey, to: CacheKey) => records.set(from.digest, { key: from.data, alias: to }),
  };
}

const SNAPSHOT: Snapshot = emptySnapshot();

/** How a step behaves that a test has made up. */
interface Behaviour {
  readonly kind: Operation["kind"];
  readonly volatile?: boolean;
  readonly remembered?: boolean;
  /** Fails when the content of its inputs is looked at. */
  readonly unreadable?: boolean;
}

function keyOf(name: string, inputs: readonly CacheKey[] = []): CacheKey {
  return cacheKey({ name, inputs: inputs.map(({ digest }) => digest) });
}

async function opened(note: (what: string) => void): Promise<Snapshot> {
  note("opened");
  return SNAPSHOT;
}

/** Operations by the names of their vertices, and what was asked of them. */
function operations(behaviours: Readonly<Record<string, Behaviour>>) {
  const asked: string[] = [];
  const run = () => assert.fail("looking runs nothing");
  const operationOf = ({ name, inputs }: Vertex): Operation => {
    const { kind, volatile = false, remembered = true, unreadable } = behaviours[name] ?? { kind: "process" };
    const note = (what: string) => void asked.push(`${name} ${what}`);
    switch (kind) {
      case "open":
        return { kind, volatile, key: async () => keyOf(name), open: async () => opened(note) };
      case "compose":
        return { kind, name: keyOf(name), remembered, run };
      case "process":
        return { kind, key: (keys) => keyOf(name, keys), run };
      default:
        return {
          kind,
          sources: inputs.length > 1 ? [1] : [0],
          keyByDefinition: (keys) => keyOf(`${name} by definition`, keys),
          keyByContent: async () => {
            note("content");
            if (unreadable) throw Object.assign(new Error("no"), { code: "EACCES", syscall: "open" });
            return keyOf(`${name} by content`);
          },
          run,
        };
    }
  };
  return { asked, operationOf };
}

/** `name: input input` lines as a graph whose last line is the result. */
function graphOf(...lines: readonly string[]): Graph {
  const builder = createGraphBuilder();
  const digests = new Map<string, Digest>();
  for (const line of lines) {
    const [name = "", inputs = ""] = line.split(":");
    const from = inputs.split(" ").filter(Boolean);
    const facts = { name: name.replace("!", ""), ignoreCache: name.endsWith("!") };
    const op = { type: "source", identifier: facts.name } as const;
    digests.set(
      facts.name,
      builder.add(
        op,
        from.map((input) => digests.get(input) as Digest),
        facts,
      ),
    );
  }
  return builder.graph([...digests.values()].at(-1));
}

async function looked(
  graph: Graph,
  { store }: ReturnType<typeof memoryStore>,
  { operationOf }: ReturnType<typeof operations>,
) {
  const found = await look(
    { graph, store, operationOf, locate: () => undefined, emit: () => {}, now: () => 0 },
    signal,
  );
  const nameOf = (digest: Digest) => graph.vertices.find((vertex) => vertex.digest === digest)?.name;
  return { hits: [...found.hits.keys()].map(nameOf), needed: found.needed.map(({ name }) => name) };
}

const CHAIN = ["base", ...Array.from({ length: 100 }, (_, at) => `${at}: ${at === 0 ? "base" : at - 1}`)];

test("an unchanged chain opens one result, however long it is", async () => {
  const store = memoryStore();
  let key = keyOf("base");
  for (let at = 0; at < 100; at++) {
    key = keyOf(String(at), [key]);
    store.result(key, `layer${at}`);
  }
  const steps = operations({ base: { kind: "open" } });
  assert.deepEqual(await looked(graphOf(...CHAIN), store, steps), { hits: ["99"], needed: [] });
  assert.deepEqual(store.read, ["key", "layer layer99"]);
  assert.deepEqual(steps.asked, []);
});

test("behind the last hit everything is needed, below it nothing", async () => {
  const store = memoryStore();
  store.result(keyOf("b", [keyOf("a", [keyOf("base")])]), "lb");
  const graph = graphOf("base", "a: base", "b: a", "c: b", "d: c");
  const steps = operations({ base: { kind: "open" } });
  assert.deepEqual(await looked(graph, store, steps), { hits: ["b"], needed: ["c", "d"] });
  assert.deepEqual(store.read, ["key", "key", "key", "layer lb"]);
});

test("without any result all is needed, and what is at hand is a hit", async () => {
  const graph = graphOf("base", "a: base", "b: a base");
  const steps = operations({ base: { kind: "open" } });
  assert.deepEqual(await looked(graph, memoryStore(), steps), { hits: ["base"], needed: ["a", "b"] });
  assert.deepEqual(steps.asked, ["base opened"]);
});

test("a step without cache is needed, also when there is a result of it", async () => {
  const store = memoryStore();
  const a = keyOf("a", [keyOf("base")]);
  store.result(a, "la");
  const graph = graphOf("base", "a!: base", "b: a");
  const steps = operations({ base: { kind: "open" } });
  assert.deepEqual(await looked(graph, store, steps), { hits: ["base"], needed: ["a", "b"] });
});

test("a composed base is found by its name, unless that must not be remembered", async () => {
  const store = memoryStore();
  store.alias(keyOf("debian"), keyOf("lock"));
  store.result(keyOf("lock"), "debian");
  store.result(keyOf("a", [keyOf("lock")]), "la");
  const graph = graphOf("debian", "a: debian");
  const remembered = operations({ debian: { kind: "compose" } });
  assert.deepEqual(await looked(graph, store, remembered), { hits: ["a"], needed: [] });
  assert.deepEqual(store.read, ["key", "key", "layer la"]);
  const anew = operations({ debian: { kind: "compose", remembered: false } });
  assert.deepEqual(await looked(graph, store, anew), { hits: [], needed: ["debian", "a"] });
});

const COPY: Readonly<Record<string, Behaviour>> = {
  base: { kind: "open" },
  image: { kind: "open" },
  copy: { kind: "content" },
};

function copyStore(source: string, known: { readonly alias: boolean }) {
  const store = memoryStore();
  store.result(keyOf("copy by content"), "lcopy");
  if (known.alias)
    store.alias(keyOf("copy by definition", [keyOf("base"), keyOf(source)]), keyOf("copy by content"));
  return store;
}

test("a copy from what can not change is found without looking at its content", async () => {
  const graph = graphOf("base", "image", "copy: base image");
  const store = copyStore("image", { alias: true });
  const steps = operations(COPY);
  assert.deepEqual(await looked(graph, store, steps), { hits: ["copy"], needed: [] });
  assert.deepEqual(steps.asked, []);
  assert.deepEqual(store.read, ["key", "key", "layer lcopy"]);
  const fresh = operations(COPY);
  assert.deepEqual(await looked(graph, copyStore("image", { alias: false }), fresh), {
    hits: ["copy"],
    needed: [],
  });
  assert.deepEqual(fresh.asked, ["image opened", "copy content"]);
});

test("a copy from a folder is looked at, whatever is remembered of it", async () => {
  const graph = graphOf("base", "image", "copy: base image");
  const steps = operations({ ...COPY, image: { kind: "open", volatile: true } });
  assert.deepEqual(await looked(graph, copyStore("image", { alias: true }), steps), {
    hits: ["copy"],
    needed: [],
  });
  assert.deepEqual(steps.asked, ["image opened", "copy content"]);
});

test("a copy from a step that has to run is needed", async () => {
  const graph = graphOf("base", "stage: base", "copy: base stage");
  const found = await looked(graph, copyStore("nothing", { alias: false }), operations(COPY));
  assert.deepEqual(found, { hits: ["base"], needed: ["stage", "copy"] });
});

test("content that only the engine may read is found out there", async () => {
  const graph = graphOf("base", "image", "copy: base image");
  const steps = operations({ ...COPY, copy: { kind: "content", unreadable: true } });
  const found = await looked(graph, copyStore("image", { alias: false }), steps);
  assert.deepEqual(found, { hits: ["image", "base"], needed: ["copy"] });
});

test("a graph of nothing needs nothing", async () => {
  const found = await looked(createGraphBuilder().graph(undefined), memoryStore(), operations({}));
  assert.deepEqual(found, { hits: [], needed: [] });
});

test("every key is looked up once, however many ways lead to it", async () => {
  const lines = ["base", "0: base"];
  for (let at = 1; at < 20; at++) lines.push(`${at}: ${at - 1} ${at - 1}`);
  const store = memoryStore();
  const { needed } = await looked(graphOf(...lines), store, operations({ base: { kind: "open" } }));
  assert.equal(needed.length, 20);
  assert.equal(store.read.length, 20);
});
