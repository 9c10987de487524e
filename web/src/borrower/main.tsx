/** Starts the borrower's pages: language, display, the offline shell, then the first page. */
import { render } from "preact";
import "../shared/tokens.css";
import "./css/base.css";
import "./css/controls.css";
import "./css/pages.css";
import { startLang } from "../shared/lang.ts";
import { App } from "./app.tsx";
import { startDisplay } from "./display.ts";
import { startText } from "./text/index.ts";

startLang();
await startText();
startDisplay();
const root = document.getElementById("app");
if (root) render(<App />, root);
// A service worker needs a secure context; without one the pages work online only.
if (import.meta.env.PROD && "serviceWorker" in navigator) void navigator.serviceWorker.register("/sw.js");
