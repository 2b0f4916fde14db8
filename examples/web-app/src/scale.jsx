import { netWeight } from "./weigh.js";

/** The scale: two weights in, the net weight out. */
export function Scale({ gross, tare, onChange }) {
  const net = netWeight(gross, tare);
  return (
    <main>
      <h1>Scale</h1>
      <label>
        Gross <input type="number" value={gross} onInput={(event) => onChange({ gross: event.target.value, tare })} />
      </label>
      <label>
        Tare <input type="number" value={tare} onInput={(event) => onChange({ gross, tare: event.target.value })} />
      </label>
      <output>{net === null ? "not a weight" : `${net} net`}</output>
    </main>
  );
}
