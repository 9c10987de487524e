/** Starts the console. */
import { createRoot } from "react-dom/client";
import "../shared/tokens.css";
import "./console.css";
import { startLang } from "../shared/lang.ts";
import { App } from "./app.tsx";

startLang();
const root = document.getElementById("app");
if (root) createRoot(root).render(<App />);
