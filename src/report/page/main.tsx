import { render } from "preact";
import type { ReportData } from "../data.ts";
import { App } from "./app.tsx";

/** The page's one entry: reads the data that stand in it and draws them. */
const place = document.getElementById("report");
const text = document.getElementById("report-data")?.textContent;
if (place && text) {
  place.replaceChildren();
  render(<App data={JSON.parse(text) as ReportData} />, place);
}
