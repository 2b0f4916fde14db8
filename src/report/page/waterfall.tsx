import type { JSX } from "preact";
import type { ReportBuild, ReportStep } from "../data.ts";
import { bytes, counted, duration } from "./model/format.ts";
import { Scroll } from "./scroll.tsx";

/** Every step as a bar over the time of the build; what ran at once stands side by side. */
export function Waterfall({ build }: { readonly build: ReportBuild }): JSX.Element {
  const steps = [...build.steps].sort((a, b) => startOf(a) - startOf(b));
  const cached = steps.filter(({ outcome }) => outcome === "cached").length;
  const ran = steps.filter(({ startedAt }) => startedAt !== undefined);
  const whole = Math.max(1, ...ran.map(({ startedAt = 0, took = 0 }) => startedAt + took));
  const critical = ran.filter((step) => step.critical);
  const waited = critical.reduce((sum, { took = 0 }) => sum + took, 0);
  return (
    <>
      <p class="lead">
        {counted(ran.length, "step")} ran, {cached} were cached. <i class="key critical" aria-hidden="true" />{" "}
        The critical path, which the build waited for, has {counted(critical.length, "step")} and took{" "}
        {duration(waited)}.
      </p>
      <Scroll label="Table of steps">
        <table class="waterfall">
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col" class="number">
                Time
              </th>
              <th scope="col" class="number wide">
                Added
              </th>
              <th scope="col" class="track">
                <span class="hidden">When</span>
                <span class="axis" aria-hidden="true">
                  <i>0</i>
                  <i>{duration(whole)}</i>
                </span>
              </th>
            </tr>
          </thead>
          <tbody>
            {steps.map((step, at) => (
              <Row key={at} step={step} whole={whole} />
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

/** Cached steps stand where the plan has them, before what ran. */
function startOf({ startedAt = -1 }: ReportStep): number {
  return startedAt;
}

function Row({ step, whole }: { readonly step: ReportStep; readonly whole: number }): JSX.Element {
  const { name, startedAt, took, size, critical, reason } = step;
  const told = reason === undefined ? name : `${name}\nran because ${reason}`;
  return (
    <tr class={startedAt === undefined ? "cached" : ""}>
      <th scope="row" title={told}>
        <span>{name}</span>
      </th>
      <td class="number">{timeText(step)}</td>
      <td class="number wide">{size === undefined || size === 0 ? "–" : bytes(size)}</td>
      <td class="track">
        {startedAt === undefined && took !== undefined && <span class="saved">saved {duration(took)}</span>}
        {startedAt !== undefined && (
          <>
            <i
              class={critical ? "critical" : "beside"}
              aria-hidden="true"
              style={{
                left: `${(100 * startedAt) / whole}%`,
                width: `${Math.max(0.6, (100 * (took ?? 0)) / whole)}%`,
              }}
            />
            <span class="hidden">
              {`from ${duration(startedAt)}`}
              {critical ? ", on the critical path" : ""}
            </span>
          </>
        )}
      </td>
    </tr>
  );
}

function timeText({ startedAt, took }: ReportStep): string {
  return startedAt === undefined ? "cached" : duration(took ?? 0);
}
