import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin, type UserConfig } from "vite";

/** Three builds of one workspace: `borrower` (Preact, at `/`), `console` (React, at `/console/`), `widget` (one file, /widget.js). */
const BUILDS = {
  borrower: { base: "/", jsx: "preact", port: 5173 },
  console: { base: "/console/", jsx: "react", port: 5174 },
  widget: { base: "/", jsx: "preact", port: 5175 },
} as const;

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const API = process.env.TONGTU_URL ?? "http://127.0.0.1:8080";

export default defineConfig(async ({ mode, command }): Promise<UserConfig> => {
  if (mode !== "borrower" && mode !== "console" && mode !== "widget") throw new Error("use --mode borrower, console or widget");
  const build = BUILDS[mode];
  const plugins: Plugin[] = [];
  // The fake lives outside src/: no page imports it, so no build can hold it.
  const isFake = process.env.FAKE === "1" && command === "serve";
  if (isFake) plugins.push((await import("./dev/fake.ts")).fake());
  return {
    root: here(`./src/${mode}`),
    base: build.base,
    plugins,
    oxc: { jsx: { runtime: "automatic" as const, importSource: build.jsx } },
    server: {
      port: build.port,
      strictPort: true,
      host: "127.0.0.1",
      ...(isFake ? {} : { proxy: { "/v1": API, "/schema": API, "/health": API } }),
    },
    preview: { port: build.port, strictPort: true, host: "127.0.0.1" },
    build: {
      outDir: here(`../src/tongtu/channels/web/static/${mode}`),
      emptyOutDir: true,
      target: "es2022",
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 900,
      // A merchant's page names one file that never changes its name.
      ...(mode === "widget" ? { lib: { entry: "offer.ts", formats: ["es"], fileName: () => "widget.js" } } : {}),
      rolldownOptions: {
        // The component library marks its modules for servers; a browser build ignores the mark.
        onLog: (level, log, handle) => {
          if (log.code !== "MODULE_LEVEL_DIRECTIVE") handle(level, log);
        },
      },
    },
  };
});
