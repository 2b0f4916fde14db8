import { TareError, type VolumeSummary } from "../api/index.ts";
import { withLabelHeader, withLabels } from "./rows.ts";
import type { Row } from "./template.ts";
import { NO_MAP, type Struct } from "./template-values.ts";

/** Headers of the columns of `volume ls`, by the names that templates use. */
export const VOLUME_HEADERS: Row = withLabelHeader({
  Driver: "DRIVER",
  Name: "VOLUME NAME",
  Scope: "SCOPE",
  Mountpoint: "MOUNTPOINT",
  Labels: "LABELS",
  Links: "LINKS",
  Size: "SIZE",
});

/** A row for every volume, in Docker's words. */
export function volumeRows(volumes: readonly VolumeSummary[]): readonly Row[] {
  return volumes.map(({ name, folder, labels, containers }) =>
    withLabels(
      {
        Driver: "local",
        Name: name,
        Scope: "local",
        Mountpoint: folder,
        Labels: Object.entries(labels)
          .map(([key, value]) => `${key}=${value}`)
          .join(","),
        Links: String(containers.length),
        // As in Docker, which counts what is in volumes only for `system df`; `tare du` does.
        Size: "N/A",
      },
      labels,
    ),
  );
}

/** A volume as `docker volume inspect` shows it (Docker Engine API, "Volume"). */
export function volumeView({ name, created, folder, labels }: VolumeSummary): Struct {
  const own = Object.entries(labels);
  return {
    CreatedAt: new Date(created).toISOString().replace(/\.\d+Z$/, "Z"),
    Driver: "local",
    Labels: own.length > 0 ? new Map(own) : NO_MAP,
    Mountpoint: folder,
    Name: name,
    Options: NO_MAP,
    Scope: "local",
  };
}

/** Keeps the volumes that `--filter` asks for: one value of every key has to hold, of labels all. */
export function filterVolumes(
  volumes: readonly VolumeSummary[],
  filters: readonly string[],
): readonly VolumeSummary[] {
  const tests = filters.map((filter) => ({ key: filter.split("=", 1)[0], test: volumeTest(filter) }));
  return volumes.filter((volume) =>
    tests.every(({ key, test }) =>
      key === "label" ? test(volume) : tests.some((other) => other.key === key && other.test(volume)),
    ),
  );
}

type Test = (volume: VolumeSummary) => boolean;

/** What one `K=V` asks of a volume; `user-bad-flag` for others. */
export function volumeTest(
  filter: string,
  known: readonly string[] = ["name", "label", "driver", "dangling"],
): Test {
  const at = filter.indexOf("=");
  const [key, value] = [filter.slice(0, Math.max(0, at)), filter.slice(at + 1)];
  if (known.includes(key)) {
    if (key === "name") return ({ name }) => name.includes(value);
    if (key === "driver") return () => value === "local";
    if (key === "label") return (volume) => hasLabel(volume, value);
    if (key === "label!") return (volume) => !hasLabel(volume, value);
    if (/^(1|t|true)$/i.test(value)) return ({ containers }) => containers.length === 0;
    if (/^(0|f|false)$/i.test(value)) return ({ containers }) => containers.length > 0;
  }
  throw new TareError("user-bad-flag", `invalid filter ${JSON.stringify(filter)}`, {
    hint: `filters are ${known.map((name) => `${name}=`).join(", ")}`,
  });
}

function hasLabel({ labels }: VolumeSummary, text: string): boolean {
  const [key = "", ...rest] = text.split("=");
  return Object.hasOwn(labels, key) && (rest.length === 0 || labels[key] === rest.join("="));
}
