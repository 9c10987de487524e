"""The page's look: values of the design tokens, for screen, dark screen and paper."""

from __future__ import annotations

# Names and values as web/src/shared/tokens.css has them; a test holds them equal.
LIGHT = {
    "bg": "#F3F6F6", "surface": "#FFFFFF", "line": "#DAE3E3", "ink": "#0F252B",
    "ink-2": "#3E545A", "ink-3": "#55696F", "primary": "#0B6170", "focus": "#0B6170",
    "bad-soft": "#FBE9E5", "bad-ink": "#98291A", "ok-soft": "#E0F2E9", "ok-ink": "#14613F",
    "warn-soft": "#FBF0D9", "warn-ink": "#7A4D00", "sunken": "#E9EFEF", "chart-1": "#0B6170",
}  # fmt: skip
DARK = {
    "bg": "#0B1417", "surface": "#121E22", "line": "#26373D", "ink": "#E9F1F1",
    "ink-2": "#B4C4C7", "ink-3": "#92A5A9", "primary": "#6CC6CF", "focus": "#8ADCE3",
    "bad-soft": "#3A1C18", "bad-ink": "#F5A898", "ok-soft": "#12312A", "ok-ink": "#86D8B0",
    "warn-soft": "#33280F", "warn-ink": "#EBC273", "sunken": "#0E191C", "chart-1": "#6CC6CF",
}  # fmt: skip
_RULES = """
*{box-sizing:border-box}
body{margin:0;background:var(--tt-bg);color:var(--tt-ink);
 font:400 1rem/1.625rem -apple-system,BlinkMacSystemFont,"PingFang SC","Noto Sans CJK SC",
 "Segoe UI","Microsoft YaHei",sans-serif}
main,header{max-width:72rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.625rem;line-height:2.25rem;font-weight:600;margin:0}
h2{font-size:1.25rem;line-height:1.75rem;font-weight:600;margin:0 0 .75rem}
h3{font-size:1.0625rem;line-height:1.5rem;font-weight:600;margin:1.25rem 0 .5rem}
p{margin:.5rem 0;color:var(--tt-ink-2);max-width:60rem}
section{background:var(--tt-surface);border:1px solid var(--tt-line);border-radius:8px;
 padding:1.5rem;margin:0 0 1rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.8125rem;line-height:1.25rem}
caption{text-align:left;color:var(--tt-ink-3);padding:.25rem 0}
th,td{padding:.5rem;border-bottom:1px solid var(--tt-line);text-align:left;vertical-align:top}
th{font-weight:600;color:var(--tt-ink-3)}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.badge{border-radius:4px;padding:.125rem .375rem;font-size:.75rem;font-weight:600;
 white-space:nowrap}
.ok{background:var(--tt-ok-soft);color:var(--tt-ok-ink)}
.bad{background:var(--tt-bad-soft);color:var(--tt-bad-ink)}
.warn{background:var(--tt-warn-soft);color:var(--tt-warn-ink)}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:1rem;margin:0}
dt{color:var(--tt-ink-3);font-size:.875rem}
dd{margin:0;font-size:1.25rem;font-weight:600;font-variant-numeric:tabular-nums}
code,.sum{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.8125rem}
.tongues{float:right}
button{font:inherit;min-height:2.75rem;padding:0 1rem;border-radius:8px;
 border:1px solid var(--tt-ink-3);background:var(--tt-surface);color:var(--tt-ink)}
button[aria-pressed=true]{border-color:var(--tt-primary);color:var(--tt-primary);font-weight:600}
:focus-visible{outline:2px solid var(--tt-focus);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--tt-surface)}
html[data-tongue=zh] [lang=en],html[data-tongue=en] [lang=zh]{display:none}
@media print{.tongues,.skip{display:none}body{background:#FFFFFF;color:#000000}
 section{border:0;padding:0;break-inside:auto}tr{break-inside:avoid}thead{display:table-header-group}
 .wide{overflow:visible}}
"""


def style() -> str:
    """Return the whole style sheet; paper is always light."""
    light, dark = (
        "".join(f"--tt-{name}:{value};" for name, value in one.items()) for one in (LIGHT, DARK)
    )
    return (
        f":root{{color-scheme:light dark;{light}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}{_RULES}"
    )
