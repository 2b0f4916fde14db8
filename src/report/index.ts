/**
 * report: the facts of images as one HTML page. The data and the document are made here; `page/` is what runs in the
 * reader's browser, bundled into one script and one style sheet when Tare is built.
 */
export type * from "./data.ts";
export * from "./document.ts";
export * from "./image-report.ts";
