/** The widget's own look: it takes width and language from the page, and nothing else. */
export const STYLE = `
:host{all:initial;display:block;contain:content;color-scheme:light;
--p:#0b6170;--p2:#094f5c;--on:#fff;--ink:#0f252b;--ink2:#3e545a;--ink3:#55696f;--line:#dae3e3;--edge:#7c8f93;--sunk:#e9efef;--sel:#e3f0f1;--ok:#14613f;--bad:#98291a;
font:400 14px/1.5 system-ui,"PingFang SC","Hiragino Sans GB","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:var(--ink)}
:host([hidden]){display:none}
*{box-sizing:border-box;margin:0}
.box{background:#fff;border:1px solid var(--line);border-radius:14px;padding:16px;container-type:inline-size}
.wait{min-height:336px;visibility:hidden}
.head{display:flex;flex-wrap:wrap;align-items:center;gap:4px 10px;margin-bottom:12px}
h2{font-size:17px;font-weight:600;display:flex;gap:8px;align-items:center}
svg{width:20px;height:20px;flex:none}
.who{color:var(--ink3);font-size:13px;margin-inline-start:auto}
fieldset{border:0;padding:0;display:grid;grid-template-columns:repeat(auto-fit,minmax(118px,1fr));gap:8px}
legend{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
label.term{position:relative;display:block;border:1px solid var(--edge);border-radius:10px;padding:9px 11px;cursor:pointer;font-size:12px;color:var(--ink2);font-variant-numeric:tabular-nums;min-height:44px}
label.term:hover{border-color:var(--p)}
label.term:has(:checked){background:var(--sel);border-color:var(--p);box-shadow:inset 0 0 0 1px var(--p)}
label.term:has(:focus-visible){outline:2px solid var(--p);outline-offset:2px}
.term input{position:absolute;opacity:0;inset:0;cursor:pointer}
.term b{display:block;font-size:15px;font-weight:600;color:var(--ink)}
.term small{font-size:12px;font-weight:400;color:var(--ink2)}
.term i{font-style:normal;font-weight:600;color:var(--ok);margin-inline-start:6px}
.term span{display:block}
dl{background:var(--sunk);border-radius:10px;padding:10px 12px;margin:12px 0;font-size:13px;display:grid;gap:4px;font-variant-numeric:tabular-nums}
dl div{display:flex;flex-wrap:wrap;justify-content:space-between;gap:2px 12px}
dt{color:var(--ink2)}dd b{font-weight:600}
.note{color:var(--ink3);font-size:12px;margin:0 0 12px}
button{font:inherit;font-size:16px;font-weight:600;width:100%;min-height:48px;padding:8px 14px;border:0;border-radius:10px;background:var(--p);color:var(--on);cursor:pointer}
button:hover{background:var(--p2)}
button:focus-visible,.opt input:focus-visible{outline:2px solid var(--p);outline-offset:2px}
button[aria-disabled=true]{opacity:.75;cursor:progress}
.opt{display:flex;gap:10px;align-items:flex-start;min-height:44px;padding-top:12px;font-size:13px;color:var(--ink2);cursor:pointer}
.opt input{width:20px;height:20px;flex:none;margin:0;accent-color:var(--p)}
.bad{color:var(--bad);font-size:13px;padding-top:8px}
.bad:empty{display:none}
@container (max-width:300px){fieldset{grid-template-columns:1fr}.term b{display:inline}.who{margin:0}}
@media (forced-colors:active){label.term:has(:checked){outline:2px solid Highlight}}
`;
