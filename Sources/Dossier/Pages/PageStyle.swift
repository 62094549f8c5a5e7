/// How the page looks: in a light and in a dark room, on a screen and on paper.
enum PageStyle {
    static let text = """
        :root{--ink:#17202b;--soft:#5c6b7c;--line:#dde3ea;--paper:#f5f7fa;--card:#fff;--deep:#10243b;--accent:#c2410c;--mark:#fff3e6;--free:#d7dee6;--stack:#2563eb;--drv:#ea580c;--dev:#7c3aed;--sock:#0d9488}
        @media (prefers-color-scheme:dark){:root{--ink:#e4eaf1;--soft:#93a3b5;--line:#2a3644;--paper:#0f151c;--card:#161e28;--deep:#0a1826;--accent:#fb923c;--mark:#2b2016;--free:#2d3947}}
        *{box-sizing:border-box}html{scroll-behavior:smooth}
        body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
        code,pre{font:13px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,monospace}
        header{background:var(--deep);color:#f2f6fb;border-bottom:4px solid #ea580c}
        .inner{max-width:1240px;margin:0 auto;padding:40px 28px 32px}
        .kind{margin:0 0 10px;font-size:12px;letter-spacing:.14em;text-transform:uppercase;color:#fdba74}
        h1{margin:0;font-size:25px;line-height:1.4;font-weight:600;max-width:62em;overflow-wrap:anywhere}
        .chips{margin-top:20px;display:flex;flex-wrap:wrap;gap:8px}
        .chip{background:#ffffff14;border-radius:6px;padding:3px 10px;font-size:13px;overflow-wrap:anywhere}.chip b{font-weight:400;color:#9fb3c8;margin-right:6px}
        .page{max-width:1240px;margin:0 auto;padding:28px;display:grid;grid-template-columns:170px minmax(0,1fr);gap:32px}
        nav{position:sticky;top:24px;align-self:start;display:flex;flex-direction:column;gap:2px;font-size:14px}
        nav a{color:var(--soft);text-decoration:none;padding:3px 10px;border-left:2px solid var(--line)}nav a:hover{color:var(--ink);border-color:var(--accent)}
        section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:20px 24px;margin-bottom:20px}
        h2{margin:0 0 12px;font-size:17px}h3{margin:18px 0 4px;font-size:15px}p{margin:6px 0}
        .note{color:var(--soft);font-style:italic}.source,small{color:var(--soft);font-size:13px}
        .causes{margin:0;padding-left:22px}.causes li{margin:8px 0}.causes small{display:block}
        .stack{list-style:none;counter-reset:frame -1;margin:8px 0;padding:0}
        .stack li{counter-increment:frame;display:flex;flex-wrap:wrap;align-items:baseline;gap:4px 12px;padding:5px 10px;border-left:3px solid transparent}
        .stack li::before{content:counter(frame);color:var(--soft);font-size:12px;min-width:20px;text-align:right}
        .stack li+li{border-top:1px solid var(--line)}.stack code{overflow-wrap:anywhere}
        .stack .driver{background:var(--mark);border-left-color:var(--accent)}.stack .inlined code{color:var(--soft)}
        .place{color:var(--accent);font-weight:600}
        summary{cursor:pointer;font-weight:600;padding:4px 0}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;margin-top:8px;font-size:14px}
        th{text-align:left;font-weight:500;color:var(--soft);font-size:12px}th,td{padding:4px 12px 4px 0;border-bottom:1px solid var(--line);vertical-align:baseline}
        .registers td:nth-child(3){width:55%}tr:last-child td{border-bottom:0}thead:empty{display:none}
        .versions td{overflow-wrap:anywhere}.versions thead{display:none}.frames td{white-space:nowrap}
        pre{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:12px 14px;overflow:auto;max-height:520px;margin:8px 0}
        .events{line-height:1.45}.event{display:block}.event.violation,.event.device{color:var(--accent);font-weight:600}.event.register,.event.config{color:var(--soft)}
        .shell{background:var(--deep);color:#e8f0f8;border:0}
        .bars{display:flex;height:14px;border-radius:7px;overflow:hidden;margin:8px 0;gap:1px}.bar{background:var(--soft)}
        .bar.free{background:var(--free)}.bar.stack{background:var(--stack)}.bar.driver{background:var(--drv)}.bar.device{background:var(--dev)}.bar.socket{background:var(--sock)}
        span.owner:not(.bar){font-weight:600}span.owner.driver:not(.bar){color:var(--drv)}span.owner.device:not(.bar){color:var(--dev)}
        @media (max-width:820px){.page{grid-template-columns:minmax(0,1fr);padding:16px}nav{display:none}.inner{padding:28px 20px}h1{font-size:20px}section{padding:16px}}
        @media print{nav{display:none}.page{display:block}section{break-inside:avoid}pre{max-height:none}}
        """
}
