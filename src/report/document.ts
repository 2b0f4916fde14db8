import { createHash } from "node:crypto";
import type { ReportData } from "./data.ts";

/** The page as it was bundled. */
export interface PageParts {
  readonly script: string;
  readonly style: string;
}

/**
 * A report as one HTML file that needs nothing else: script, style and data are in it, and its policy forbids it every
 * request. Whatever names of files and packages hold, they stay data.
 */
export function reportDocument(data: ReportData, { script, style }: PageParts): string {
  const title = data.images.map(({ name }) => name).join(" · ");
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeText(title)} – Tare report</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<div id="report"><p class="plain">This report is drawn by a script, which is part of this file. Please allow scripts.</p></div>
<script type="application/json" id="report-data">${inlineJson(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** JSON that can stand in a script element: no text in it can end the element or begin a comment (HTML, 4.12.1.3). */
export function inlineJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function escapeText(text: string): string {
  const names: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (character) => names[character] as string);
}

/** As policies name a text: only this very one is run. */
function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
