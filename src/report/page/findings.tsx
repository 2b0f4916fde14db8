import type { JSX } from "preact";
import type { ReportFinding, ReportImage } from "../data.ts";
import { count } from "./model/format.ts";
import { Section } from "./section.tsx";

/** What somebody who broke in would find to go on with; nothing is the best answer. */
export function Findings({ image: { surface } }: { readonly image: ReportImage }): JSX.Element | null {
  if (!surface) return null;
  const found = surface.findings.filter(({ items }) => items.length > 0).sort((a, b) => b.points - a.points);
  const none = surface.findings.filter(({ items }) => items.length === 0);
  return (
    <Section
      id="surface"
      title="What an attacker would find"
      lead={
        <>
          Score <b class="score">{count(surface.score)}</b>: the sum of what follows; less is better.
        </>
      }
    >
      <div class="findings">
        {found.map((finding) => (
          <Finding key={finding.title} finding={finding} />
        ))}
      </div>
      {none.length > 0 && (
        <ul class="absent" aria-label="Not in the image">
          {none.map(({ title }) => (
            <li key={title}>{title}: none</li>
          ))}
        </ul>
      )}
    </Section>
  );
}

const SHOWN = 40;

function Finding({
  finding: { title, why, points, items },
}: {
  readonly finding: ReportFinding;
}): JSX.Element {
  return (
    <details class="finding">
      <summary>
        <b>
          {title} <i class="quiet">{count(items.length)}</i>
        </b>
        <span>+{count(points)}</span>
      </summary>
      <p class="quiet">{why}</p>
      <ul>
        {items.slice(0, SHOWN).map((item) => (
          <li key={item}>
            <code>{item}</code>
          </li>
        ))}
        {items.length > SHOWN && <li>and {count(items.length - SHOWN)} more</li>}
      </ul>
    </details>
  );
}
