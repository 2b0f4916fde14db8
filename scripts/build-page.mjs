// Bundles the report's page: src/report/page becomes one script and one style sheet, which the document holds.
import { join } from "node:path";
import { build } from "esbuild";

export function buildPage({ root, outdir }) {
  return build({
    outdir,
    entryPoints: {
      report: join(root, "src/report/page/main.tsx"),
      "report-style": join(root, "src/report/page/style.css"),
    },
    bundle: true,
    metafile: true,
    format: "iife",
    platform: "browser",
    target: ["es2023", "chrome123", "firefox128", "safari17.5"],
    minify: true,
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    charset: "utf8",
  });
}
