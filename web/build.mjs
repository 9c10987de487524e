// Builds each page into the folder the server reads at start: one build, one prefix.
import { fileURLToPath } from "node:url";
import { build } from "vite";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PAGES = { borrower: "/", console: "/console/" };

for (const [page, base] of Object.entries(PAGES)) {
  await build({
    configFile: false,
    root: here(`src/${page}`),
    base,
    logLevel: "warn",
    build: {
      outDir: here(`../src/tongtu/channels/web/static/${page}`),
      emptyOutDir: true,
      target: "es2022",
      // The policy of the server allows no inline script or style, so nothing may be inlined.
      assetsInlineLimit: 0,
      modulePreload: false,
      cssCodeSplit: false,
      reportCompressedSize: false,
    },
  });
}
