"""The stylesheet of every document: dark on white, wide tables, pages that print on A4. It carries no meaning."""

STYLE = """
body{font:16px/1.5 Arial,Helvetica,sans-serif;color:#0b0c0c;background:#fff;max-width:60rem;margin:0 auto;padding:1rem}
h1{font-size:1.9em;line-height:1.2}h2{font-size:1.4em;margin-top:2em;border-bottom:2px solid #0b0c0c}
h3{font-size:1.1em;margin-bottom:.3em}h4{font-size:1em;margin-bottom:.2em}
table{border-collapse:collapse;width:100%;margin:1em 0}caption{text-align:left;font-weight:bold;padding:.3em 0}
th,td{border:1px solid #505a5f;padding:.3em .5em;text-align:left;vertical-align:top}thead th{background:#f3f2f1}
dl>div{display:flex;gap:1em;border-bottom:1px solid #b1b4b6;padding:.25em 0}
dt{flex:0 0 14rem;font-weight:bold}dd{margin:0;flex:1}dd ul,td ul{margin:0;padding-left:1.2em}
dd p,td p{margin:0}
code{font-family:Consolas,Menlo,monospace;font-size:.9em;overflow-wrap:anywhere}a{color:#1d70b8}
footer{margin-top:3em;border-top:2px solid #0b0c0c;font-size:.85em}.lead{font-size:1.15em}.sign td{height:2.5em}
.card{font-size:13px;line-height:1.3}.card h1{font-size:1.5em;margin:.2em 0}
.card h2{font-size:1.15em;margin:.4em 0 .2em;border:0}.card h3{font-size:1em;margin:.5em 0 .1em}
.card table{margin:.4em 0}
.card th:nth-child(1){width:6%}.card th:nth-child(3){width:24%}.card th:nth-child(4){width:32%}
.card article+article{break-before:page}.card th,.card td{padding:.1em .35em}.card p,.card ul{margin:.25em 0}
@media print{body{max-width:none;padding:0;font-size:10pt}a{color:#0b0c0c}h2,h3,h4{break-after:avoid}
tr,dl>div{break-inside:avoid}thead{display:table-header-group}.card{page:card;font-size:8pt;line-height:1.2}
.card footer{margin-top:.4em}.dpia{page:wide;font-size:8.5pt}}
@page{size:A4;margin:12mm}@page wide{size:A4 landscape;margin:12mm}
@page card{size:A4;margin:9mm}
"""
