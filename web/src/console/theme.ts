/** Maps our tokens into the component library once; nothing else names a colour to it. */
import { theme, type ThemeConfig } from "antd";
import { read, write } from "../shared/lang.ts";

const KEY = "tongtu.theme";

export function isDark(): boolean {
  const chosen = document.documentElement.dataset["theme"];
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

export function startTheme(): void {
  const kept = read(KEY);
  if (kept) document.documentElement.dataset["theme"] = kept;
}

export function setDark(dark: boolean): void {
  document.documentElement.dataset["theme"] = dark ? "dark" : "light";
  write(KEY, dark ? "dark" : "light");
}

/** The value of one of our tokens now, e.g. `value("ink-2")`. */
export function value(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--tt-${name}`).trim();
}

export function kitTheme(): ThemeConfig {
  return {
    algorithm: isDark() ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      colorPrimary: value("primary"),
      colorLink: value("link"),
      colorText: value("ink"),
      colorTextSecondary: value("ink-2"),
      colorTextDescription: value("ink-3"),
      colorTextPlaceholder: value("ink-3"),
      colorBorder: value("line-strong"),
      colorBorderSecondary: value("line"),
      colorBgLayout: value("bg"),
      colorBgContainer: value("surface"),
      colorBgElevated: value("raised"),
      colorError: value("bad-mark"),
      colorTextLightSolid: value("on-primary"),
      borderRadius: 8,
      fontSize: 14,
      controlHeight: 36,
      fontFamily: value("font"),
      motionDurationMid: "200ms",
    },
    components: {
      Button: { primaryShadow: "none", defaultShadow: "none", fontWeight: 600 },
      Table: { cellPaddingBlock: 9, cellFontSize: 13, headerColor: value("ink-3"), headerBg: value("surface"), headerSplitColor: "transparent", borderColor: value("line-soft") },
    },
  };
}
