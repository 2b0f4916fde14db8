import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonOf } from "./template-values.ts";
import { filterVolumes, volumeRows, volumeTest, volumeView } from "./volume-rows.ts";

const DATA = {
  name: "data",
  created: 0,
  labels: { a: "b=c", d: "" },
  anonymous: false,
  folder: "/v/data/_data",
  containers: ["12"],
};
const FREE = { ...DATA, name: "free", labels: {}, containers: [] };

test("volumes are shown with Docker's fields", () => {
  assert.deepEqual(volumeRows([DATA]), [
    {
      Driver: "local",
      Name: "data",
      Scope: "local",
      Mountpoint: "/v/data/_data",
      Labels: "a=b=c,d=",
      Links: "1",
      Size: "N/A",
    },
  ]);
  assert.equal(
    jsonOf(volumeView(FREE)),
    '{"CreatedAt":"1970-01-01T00:00:00Z","Driver":"local","Labels":null,"Mountpoint":"/v/data/_data","Name":"free","Options":null,"Scope":"local"}',
  );
});

test("filters keep what has one value of every key, and all labels", () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [[], "data free"],
    [["name=at"], "data"],
    [["name=at", "name=re"], "data free"],
    [["label=a"], "data"],
    [["label=a=b=c", "label=d"], "data"],
    [["label=a=b"], ""],
    [["dangling=true"], "free"],
    [["dangling=0"], "data"],
    [["driver=nfs"], ""],
    [["name=a", "dangling=1"], ""],
  ];
  for (const [filters, names] of cases)
    assert.equal(
      filterVolumes([DATA, FREE], filters)
        .map(({ name }) => name)
        .join(" "),
      names,
      filters.join(" "),
    );
  for (const filter of ["size=1", "name", "dangling=maybe", "label!=a"])
    assert.throws(() => volumeTest(filter), { code: "user-bad-flag" });
  assert.equal(volumeTest("label!=a", ["label!"])(FREE), true);
});
