// Bundles the command, the library and the engine into dist/. Run by `npm ci` (prepare) and `npm run build`.
import { rm } from "node:fs/promises";
import { build } from "esbuild";

const outdir = new URL("../dist/", import.meta.url).pathname;

await rm(outdir, { recursive: true, force: true });
await build({
  entryPoints: {
    cli: "src/cli/main.ts",
    index: "src/api/index.ts",
    engine: "src/engine/main.ts",
    chroot: "src/engine/chroot-main.ts",
  },
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: "external",
  legalComments: "none",
  packages: "external",
});
