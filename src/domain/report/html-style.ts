/** The report's style: readable in light and dark, on paper and on a phone. */
export const REPORT_STYLE = `
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--soft:#57606a;--line:#d0d7de;--band:#eef2f7;--l0:#0b5cad;--l1:#b3261e;--l2:#1a7f37;--l3:#8250df;--l4:#9a6700;--l5:#0f766e}
@media (prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--soft:#9ba7b4;--line:#30363d;--band:#161d26;--l0:#79b8ff;--l1:#ff9492;--l2:#7ee787;--l3:#d2a8ff;--l4:#e3b341;--l5:#5eead4}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}
main,footer{max-width:960px;margin:0 auto;padding:0 20px}
h1{font-size:1.6rem;margin:28px 0 8px}h2{font-size:1.2rem;margin:32px 0 8px}
pre{background:var(--band);border:1px solid var(--line);border-radius:6px;padding:12px;overflow:auto;white-space:pre-wrap;font-size:.85rem}
.end{border-left:4px solid var(--l4);padding-left:12px}.end strong{text-transform:uppercase}
.end-succeeded{border-color:var(--l2)}.end-failed{border-color:var(--l1)}
.scroll{overflow-x:auto;margin:12px 0}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;font-weight:600;padding:4px 0}
th,td{text-align:left;vertical-align:top;border-bottom:1px solid var(--line);padding:6px 10px 6px 0;overflow-wrap:anywhere;min-width:4rem}th{overflow-wrap:normal}
figure{margin:16px 0}figcaption{font-weight:600}
figure>svg{width:100%;height:auto}
.line{fill:none;stroke-width:2.2}.l0{stroke:var(--l0)}.l1{stroke:var(--l1)}.l2{stroke:var(--l2)}.l3{stroke:var(--l3)}.l4{stroke:var(--l4)}.l5{stroke:var(--l5)}
.grid{stroke:var(--line);stroke-width:1}.b0{fill:var(--band)}.b1{fill:none}
text{fill:var(--soft);font:11px system-ui,sans-serif}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 20px;padding:0;margin:4px 0}
.legend svg{width:34px;height:8px;margin-right:8px;vertical-align:middle}
footer{color:var(--soft);font-size:.85rem;padding-bottom:32px;margin-top:32px}
:focus-visible{outline:2px solid var(--l0);outline-offset:2px}
@media print{body{font-size:11pt}.scroll,pre{overflow:visible}pre{white-space:pre-wrap}}
`;
