// Development only: the borrower page with the fake API, or a real server with API=http://127.0.0.1:port.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { fakeApi } from "./fake-api";

const api = process.env["API"];

export default defineConfig({
  root: fileURLToPath(new URL(`../src/${process.env["PAGE"] ?? "borrower"}`, import.meta.url)),
  plugins: api ? [] : [fakeApi()],
  server: { host: "127.0.0.1", ...(api ? { proxy: { "/v1": api } } : {}) },
});
