import assert from "node:assert/strict";
import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { CONTAINER, tarLayer, type Workspace, workspace } from "./fixtures.ts";

const isAlive = ({ store }: Workspace) => store.containers.get(CONTAINER.id)?.alive;

test("a container is alive while its lock is held, and where nobody can tell; others can not read what it is", async () => {
  using work = await workspace();
  assert.equal(isAlive(work), undefined);
  const own = await work.store.containers.create(CONTAINER);
  own.setState({ status: "running" });
  assert.equal(isAlive(work), true);
  for (const name of ["container.json", "state.json"])
    assert.equal(statSync(join(own.folder, name)).mode & 0o777, 0o600);
  own[Symbol.dispose]();
  assert.equal(isAlive(work), false);
  const lock = join(own.folder, "lock");
  rmSync(lock);
  mkdirSync(lock);
  assert.equal(isAlive(work), true);
});

test("the disk that a container takes is told, and what it uses while it runs is not to be reclaimed", async () => {
  using work = await workspace();
  const { id } = await tarLayer(work.store, { a: "1" });
  const own = await work.store.containers.create({ ...CONTAINER, layers: [id] });
  own.setState({ status: "running", startedAt: 2 });
  const told = async () => (await work.store.usage()).map((item) => [item.kind, item.id, item.running]);
  assert.deepEqual(await told(), [
    ["layer", id, true],
    ["container", CONTAINER.id, true],
  ]);
  own[Symbol.dispose]();
  assert.deepEqual(await told(), [
    ["layer", id, false],
    ["container", CONTAINER.id, false],
  ]);
});
