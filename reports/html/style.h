// The page's only style sheet, put into its head as it stands here and named there by its sha256,
// so that a strict content-security policy allows it and nothing else. Light, dark, narrow and
// print.
#pragma once

#include <string_view>

namespace assay::reports::html {

inline constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--bg:#f6f5f1;--card:#fff;--ink:#1a1c20;--soft:#565c66;--faint:#7c828c;--rule:#e4e2db;--grid:#ecebe6;--axis:#a9adb4;--accent:#14506e;--band:#e3eef3;--alert:#a3320b;--alert-bg:#fdf1ea;--warn-bg:#fdf6df;--warn-rule:#e0b93b;--code:#f3f2ed;--ins-bg:#d8f0dd;--ins:#0c5a26;--del-bg:#fbdcd7;--del:#8c1d12;--good:#0b6b3a;--heat:20,80,110;--s0:#0b62a4;--s1:#c8500a;--s2:#00795a;--s3:#a8407c;--s4:#8a6400;--s5:#2b8cbe;--s6:#555b64;--s7:#6b46b0}
@media (prefers-color-scheme:dark){:root{--bg:#121417;--card:#1a1d22;--ink:#e9e7e2;--soft:#a9afb8;--faint:#868d97;--rule:#2e333a;--grid:#272b31;--axis:#5d646e;--accent:#8cc4df;--band:#213540;--alert:#ff9d76;--alert-bg:#3a231a;--warn-bg:#332c17;--warn-rule:#a98a2b;--code:#22262c;--ins-bg:#173d24;--ins:#a5e6b8;--del-bg:#4a201c;--del:#ffb9af;--good:#6fd39a;--heat:110,190,225;--s0:#64b0ea;--s1:#f28d50;--s2:#43c79f;--s3:#e490c2;--s4:#dcb04a;--s5:#93d5f5;--s6:#b6bbc3;--s7:#b9a2ea}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","Noto Sans KR","Noto Sans CJK KR","Apple SD Gothic Neo","Malgun Gothic","NanumGothic",sans-serif;font-variant-numeric:tabular-nums}
:lang(ko) body,body:lang(ko){word-break:keep-all}
main,header.top,footer{max-width:1040px;margin:0 auto;padding:0 24px}
header.top{padding-top:40px;padding-bottom:20px}
.brand{display:flex;align-items:center;gap:10px;font-size:14px;font-weight:650;letter-spacing:.02em;color:var(--accent);margin:0 0 10px}
.brand svg{flex:none}
.brand .fill{fill:var(--accent)}
h1{overflow-wrap:anywhere;font-size:30px;line-height:1.2;font-weight:680;letter-spacing:-.015em;margin:0 0 6px}
.meta{color:var(--soft);font-size:14px;margin:0;overflow-wrap:anywhere}
nav{margin:14px 0 0;font-size:14px}
nav ul{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:4px 20px}
a{color:var(--accent);text-underline-offset:3px;text-decoration-thickness:1px}
.warnings{background:var(--warn-bg);border:1px solid var(--warn-rule);border-left-width:5px;border-radius:8px;padding:14px 20px;margin:0 0 20px}
.warnings h2{font-size:16px;margin:0 0 4px}
.warnings ul{margin:0;padding-left:20px}
.warnings li{overflow-wrap:anywhere}
.card{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:28px 32px;margin:0 0 20px}
.verdict{border-top:4px solid var(--accent);border-radius:4px 4px 12px 12px}
.verdict h2{font-size:29px;line-height:1.25;letter-spacing:-.015em;font-weight:680;margin:4px 0 10px;overflow-wrap:anywhere;text-wrap:balance}
.details{margin:0;max-width:80ch;color:var(--soft);font-size:15px;overflow-wrap:anywhere}
.eyebrow{margin:0;font-size:13.5px;color:var(--soft)}
.eyebrow a{font-weight:650;text-decoration:none}
.suite-title{margin:0;color:var(--soft);font-size:14.5px}
.lede{font-size:17.5px;line-height:1.6;margin:0 0 6px;max-width:68ch;overflow-wrap:anywhere}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));margin:24px 0 0;border-top:1px solid var(--rule)}
.fact{padding:16px 20px 2px 0}
.fact+.fact{padding-left:20px;border-left:1px solid var(--rule)}
.fact dt{font-size:13px;color:var(--soft);margin:0 0 2px}
.fact dd{margin:0}
.fact .big{display:block;font-size:25px;line-height:1.3;font-weight:640;letter-spacing:-.01em}
.fact .long{font-size:19px;line-height:1.72}
.fact .note{display:block;font-size:13px;line-height:1.45;color:var(--soft);overflow-wrap:anywhere}
h2.chapter{font-size:24px;letter-spacing:-.01em;line-height:1.3;margin:52px 0 4px;font-weight:670;overflow-wrap:anywhere}
.chapter-note{margin:0 0 18px;color:var(--soft)}
h3{font-size:19px;line-height:1.35;margin:0 0 4px;font-weight:650;letter-spacing:-.005em}
h4{font-size:15px;margin:26px 0 6px;font-weight:650}
h5{font-size:14.5px;margin:0 0 4px;font-weight:600;display:flex;flex-wrap:wrap;align-items:center;gap:4px 10px}
h6{font-size:12.5px;margin:12px 0 3px;font-weight:600;color:var(--soft)}
.intro{color:var(--soft);margin:0 0 14px;max-width:80ch;font-size:14.5px;overflow-wrap:anywhere}
.small{color:var(--soft);font-size:13px;margin:8px 0 0;max-width:90ch}
.caution{background:var(--warn-bg);border-left:4px solid var(--warn-rule);border-radius:4px;padding:8px 14px;font-size:14.5px;margin:0 0 14px}
figure{margin:6px 0 20px}
figcaption{font-size:13.5px;color:var(--soft);margin-top:8px;max-width:90ch;overflow-wrap:anywhere}
svg.chart{display:block;width:100%;height:auto}
.wide svg.chart{max-width:920px}
.narrow{display:none}
.narrow svg.chart{max-width:460px}
svg text{font-family:inherit;fill:var(--ink);font-size:12px}
svg .tick{fill:var(--soft)}
svg .axis-label{fill:var(--soft)}
svg .hint{fill:var(--faint)}
svg .point-label{paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
svg .label{font-size:13px}
svg .value{font-size:13px}
svg .grid{stroke:var(--grid);stroke-width:1}
svg .axis{stroke:var(--axis);stroke-width:1}
svg .band{fill:var(--band)}
svg .bar{stroke-width:2.2;fill:none}
svg .thin{stroke-width:1.2;opacity:.6}
svg .curve{stroke-width:2;fill:none;stroke-linejoin:round}
svg .level{stroke-width:1.5;stroke-dasharray:6 4}
svg .lead{stroke-width:1;opacity:.5}
svg .front{stroke:var(--faint);stroke-width:1.5;stroke-dasharray:2 4;stroke-linecap:round;fill:none}
svg .mark{stroke:var(--card);stroke-width:1.2}
svg .hole{fill:var(--card);stroke:none}
svg .ring{fill:none;stroke-width:2}
svg .curve.dashed{stroke-width:1.6;stroke-dasharray:5 4}
svg .area{stroke-width:1.4;fill:none;stroke-linejoin:round}
svg .d1.curve{stroke-dasharray:9 4}
svg .d2.curve{stroke-dasharray:2 3}
svg .d3.curve{stroke-dasharray:9 3 2 3}
svg .d4.curve{stroke-dasharray:14 5}
svg .d5.curve{stroke-dasharray:4 4}
.s0{stroke:var(--s0)}.s1{stroke:var(--s1)}.s2{stroke:var(--s2)}.s3{stroke:var(--s3)}.s4{stroke:var(--s4)}.s5{stroke:var(--s5)}.s6{stroke:var(--s6)}.s7{stroke:var(--s7)}
.mark.s0{fill:var(--s0)}.mark.s1{fill:var(--s1)}.mark.s2{fill:var(--s2)}.mark.s3{fill:var(--s3)}.mark.s4{fill:var(--s4)}.mark.s5{fill:var(--s5)}.mark.s6{fill:var(--s6)}.mark.s7{fill:var(--s7)}
svg.icon{display:inline-block;width:14px;height:14px;flex:none;vertical-align:-2px}
.legend{list-style:none;margin:10px 0 0;padding:0;display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13.5px}
.legend li{display:flex;align-items:center;gap:6px;min-width:0}
.legend .name{overflow-wrap:anywhere}
.model{display:inline-flex;align-items:baseline;gap:7px;max-width:100%}
.model svg.icon{align-self:center}
.model .name{overflow-wrap:anywhere;unicode-bidi:isolate}
.scroll{overflow-x:auto;margin:0 0 6px;-webkit-overflow-scrolling:touch}
table.data{border-collapse:collapse;width:100%;font-size:14px;line-height:1.4;margin:0 0 12px}
table.data caption{text-align:left;font-weight:650;font-size:14.5px;padding:6px 0 4px}
.data th,.data td{padding:8px 14px 8px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
.data thead th{font-size:12.5px;font-weight:600;color:var(--soft);vertical-align:bottom;white-space:nowrap;border-bottom-color:var(--axis)}
.data tbody th{font-weight:500;min-width:130px;max-width:300px;overflow-wrap:anywhere}
.data tbody tr:last-child th,.data tbody tr:last-child td{border-bottom:0}
.data.tight thead th{white-space:normal}
.tight th,.tight td{padding-right:12px}
.data .num{text-align:right;white-space:nowrap}
.data th:last-child,.data td:last-child{padding-right:2px}
.data .figure{display:block}
.data .sub{display:block;font-size:12px;font-weight:400;color:var(--soft)}
.data .alert{color:var(--alert);font-weight:650}
.data .prose{min-width:130px;font-size:13.5px}
.data .pair{min-width:190px}
.tight .prose{min-width:96px}
.minus{color:var(--faint)}
.result{font-weight:600}
.mono td{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"Noto Sans Mono CJK KR",monospace;font-size:12.5px;overflow-wrap:anywhere;min-width:110px}
.mono th{font-size:13px}
.nowrap{white-space:nowrap}
.load td,.load thead th{padding-left:14px;padding-right:0}
.load thead th:first-child{padding-left:0}
.data.load tbody th{min-width:170px;padding-left:0}
.load .model{font-size:12.5px;color:var(--soft)}
.small-charts svg.chart{max-width:460px}
.load td.num .sub{white-space:nowrap}
.good-word{color:var(--good);font-weight:650}
.heatmap{table-layout:fixed;min-width:520px}
.heatmap.many{min-width:980px}
.data.heatmap thead th.num{white-space:normal;overflow-wrap:anywhere;padding-left:10px}
.heatmap thead th .model{gap:5px}
.heatmap .heat{padding:6px 12px;border:2px solid var(--card);border-radius:6px}
.heatmap .heat .sub{color:inherit;opacity:.75}
.heatmap td.num:not(.heat){padding:6px 12px}
.heatmap thead th.num{padding-right:12px}
.heatmap thead .tag{font-weight:650;color:var(--ink)}
.h0{background:rgba(var(--heat),.03)}.h1{background:rgba(var(--heat),.1)}.h2{background:rgba(var(--heat),.17)}.h3{background:rgba(var(--heat),.25)}.h4{background:rgba(var(--heat),.34)}.h5{background:rgba(var(--heat),.44)}
.sample{border-top:1px solid var(--rule)}
.sample>summary{display:grid;grid-template-columns:minmax(90px,auto) 1fr auto;gap:4px 16px;align-items:baseline;padding:10px 4px;cursor:pointer;font-size:14px;list-style:none}
.sample>summary::-webkit-details-marker{display:none}
.sample>summary:hover{background:var(--code)}
.sample>summary .id{font-weight:600;overflow-wrap:anywhere;max-width:220px}
.sample>summary .id::before{content:"▸";display:inline-block;width:1.1em;color:var(--faint)}
.sample[open]>summary .id::before{content:"▾"}
.sample>summary .snippet{color:var(--soft);overflow:hidden;text-overflow:ellipsis;white-space:nowrap;unicode-bidi:plaintext}
.chips{display:flex;flex-wrap:wrap;gap:4px 10px;justify-content:flex-end}
.chip{display:inline-flex;align-items:center;gap:4px;font-size:13px;font-weight:600;white-space:nowrap}
.chip.change{font-weight:650}
.chip.right{color:var(--good)}
.chip.wrong,.chip.none{color:var(--alert)}
.sample-body{padding:4px 4px 22px;display:grid;grid-template-columns:minmax(0,5fr) minmax(0,7fr);gap:8px 28px}
.tags{grid-column:1/-1;margin:0;display:flex;flex-wrap:wrap;gap:4px 8px}
.tags .tag{font-size:12px;color:var(--soft);border:1px solid var(--rule);border-radius:999px;padding:1px 9px}
.picture{display:block;max-width:100%;max-height:420px;height:auto;border:1px solid var(--rule);border-radius:6px;background:#fff;margin:10px 0 0}
.no-picture{font-size:12.5px;color:var(--soft);margin:6px 0;overflow-wrap:anywhere}
.reply{padding:10px 0 14px;border-top:1px solid var(--rule)}
.reply:first-child{border-top:0}
.facts-line{font-size:12.5px;font-weight:400;color:var(--soft)}
.scores{margin:0;font-size:12.5px;color:var(--soft);display:flex;flex-wrap:wrap;gap:0 16px}
.score-value{color:var(--ink);font-weight:600}
.reason{overflow-wrap:anywhere}
pre.text{margin:0;padding:8px 12px;background:var(--code);border-radius:6px;font:13px/1.55 ui-monospace,"SF Mono",Menlo,Consolas,"Noto Sans Mono CJK KR","Noto Sans KR","NanumGothicCoding",monospace;white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:plaintext;max-height:420px;overflow-y:auto}
pre.command{margin:0 0 16px;padding:10px 14px;background:var(--code);border-radius:6px;overflow-x:auto;font-size:13px;white-space:pre-wrap;overflow-wrap:anywhere}
code{font-family:ui-monospace,"SF Mono",Menlo,Consolas,monospace;font-size:.92em;overflow-wrap:anywhere}
ins{background:var(--ins-bg);color:var(--ins);text-decoration:underline;text-decoration-thickness:1px;text-underline-offset:2px;border-radius:2px}
del{background:var(--del-bg);color:var(--del);text-decoration:line-through;text-decoration-thickness:1px;border-radius:2px}
.same,.empty{margin:6px 0 0;font-size:13px;color:var(--soft)}
.same::before{content:"= "}
.failure{margin:6px 0 0;font-size:13.5px;color:var(--alert);background:var(--alert-bg);border-radius:6px;padding:6px 12px;overflow-wrap:anywhere}
.alarm{background:var(--alert-bg);border-left:4px solid var(--alert);border-radius:4px;padding:8px 14px;font-size:14.5px;margin:0 0 14px;overflow-wrap:anywhere}
.alarm strong{color:var(--alert)}
.alarm ul,.plain{margin:4px 0 0;padding-left:20px;font-size:14px;overflow-wrap:anywhere}
.plain{margin:0 0 14px}
.small-charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:0 24px}
.fold{margin:10px 0 0;font-size:13px}
.fold>summary{cursor:pointer;color:var(--soft)}
.method h2{font-size:22px;margin:0 0 10px}
.pairs{margin:0 0 20px;font-size:14px}
.pairs .pair,.glossary .pair{display:grid;grid-template-columns:minmax(150px,220px) 1fr;gap:0 18px;padding:4px 0}
.pairs dt,.glossary dt{color:var(--soft)}
.pairs dd,.glossary dd{margin:0;overflow-wrap:anywhere;min-width:0}
.glossary{margin:0;font-size:14px}
.glossary dt{font-weight:600;color:var(--ink)}
.glossary dd{max-width:72ch}
footer{color:var(--soft);font-size:13px;padding-top:8px;padding-bottom:48px}
@media (max-width:719px){
body{font-size:15.5px}
main,header.top,footer{padding-left:14px;padding-right:14px}
header.top{padding-top:24px}
h1{font-size:25px}
.card{padding:20px 16px;border-radius:10px}
.verdict h2{font-size:23px}
.lede{font-size:16px}
.facts{grid-template-columns:1fr 1fr}
.fact{padding:12px 12px 8px 0}
.fact+.fact{padding-left:0;border-left:0}
.fact:nth-child(even){padding-left:14px;border-left:1px solid var(--rule)}
.fact:nth-child(n+3){border-top:1px solid var(--rule)}
.fact .big{font-size:20px}
.fact .long{font-size:16.5px;line-height:1.6}
.wide{display:none}
.narrow{display:block}
.data tbody th{min-width:150px;max-width:190px}
.sample>summary{grid-template-columns:1fr auto}
.sample>summary .snippet{grid-column:1/-1;grid-row:2}
.sample-body{grid-template-columns:minmax(0,1fr)}
.pairs .pair,.glossary .pair{grid-template-columns:minmax(0,1fr);padding:6px 0}
h2.chapter{margin-top:36px}
}
@media print{
:root{--bg:#fff;--card:#fff}
body{font-size:10.5pt}
main,header.top,footer{max-width:none;padding-left:0;padding-right:0}
.card{border:0;border-top:1px solid var(--rule);border-radius:0;padding:14pt 0;margin:0;break-inside:auto}
.verdict,figure,tr,.fact{break-inside:avoid}
h2,h3,h4{break-after:avoid}
.wide{display:block}
.narrow{display:none}
.scroll{overflow:visible}
pre.text{max-height:none}
nav{display:none}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
)css";

}  // namespace assay::reports::html
