import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredContainer } from "../../store/index.ts";
import { plannedBinds } from "./container-volumes.ts";
import type { RunJob } from "./run-request.ts";

function planned(job: Partial<RunJob>, facts: { declared?: string[]; containers?: StoredContainer[] } = {}) {
  const place = { declared: [], containers: [], folderOf: (name: string) => `/v/${name}`, ...facts };
  return plannedBinds({ root: "/store", image: "i", ...job }, place);
}

const DATA = {
  source: "/v/data",
  target: "/d",
  readonly: false,
  volume: { name: "data", anonymous: false },
};

test("volumes of the store have their folders, and those without a name one of their own", () => {
  assert.deepEqual(planned({ storeVolumes: [{ name: "data", target: "/d", readonly: false }] }), [DATA]);
  const [made] = planned({ storeVolumes: [{ target: "/d", readonly: true }] });
  assert.match(made?.volume?.name ?? "", /^[0-9a-f]{64}$/);
  assert.deepEqual(made, {
    source: `/v/${made?.volume?.name}`,
    target: "/d",
    readonly: true,
    volume: { name: made?.volume?.name, anonymous: true },
  });
});

test("what the image declares is a volume of its own where nothing else is mounted", () => {
  const binds = planned(
    {
      volumes: [{ source: "/here", target: "/a/", readonly: false }],
      tmpfs: [{ target: "/t" }],
    },
    { declared: ["/a", "t", "/b/../c", "/c", "/"] },
  );
  assert.deepEqual(
    binds.map(({ target, volume }) => [target, volume?.anonymous]),
    [
      ["/a/", undefined],
      ["/c", true],
    ],
  );
});

test("what other containers see comes first, and gives way to one's own", () => {
  const other = {
    record: { id: "abc", name: "other", process: { binds: [DATA, { ...DATA, target: "/e" }] } },
  } as unknown as StoredContainer;
  const job = {
    volumesFrom: ["other:ro"],
    volumes: [{ source: "/here", target: "/d", readonly: false }],
  };
  assert.deepEqual(planned(job, { containers: [other] }), [
    { ...DATA, target: "/e", readonly: true },
    job.volumes[0],
  ]);
  assert.throws(() => planned({ volumesFrom: ["nobody"] }), { code: "resolve-container" });
});

test("nothing is mounted at the root of a container", () => {
  const atRoot = { message: /nothing can be mounted at \// };
  assert.throws(() => planned({ volumes: [{ source: "/here", target: "/", readonly: false }] }), atRoot);
  assert.throws(
    () => planned({ storeVolumes: [{ name: "data", target: "/d/..", readonly: false }] }),
    atRoot,
  );
  assert.throws(() => planned({ tmpfs: [{ target: "//" }] }), atRoot);
});

test("two things at one place are refused", () => {
  const volumes = [{ source: "/here", target: "/d", readonly: false }];
  const job = { volumes, storeVolumes: [{ target: "/d/", readonly: false }] };
  assert.throws(() => planned(job), { message: "duplicate mount point: /d" });
  assert.throws(() => planned({ volumes, tmpfs: [{ target: "/d" }] }), { code: "user-bad-flag" });
});
