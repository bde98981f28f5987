/** The page's one style sheet. It has no images, fonts or scripts beside it; the policy in `serve.ts` knows it by its hash. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fbfaf8, #16181b);
  --ink: light-dark(#23262a, #dfe1e4);
  --faint: light-dark(#686d74, #8f959d);
  --line: light-dark(#e4e2de, #2b2f34);
  --good: light-dark(#4f9a76, #5fae88);
  --alive: light-dark(#c4a94c, #bda24a);
  --shaky: light-dark(#d98a3d, #de9049);
  --down: light-dark(#c2453d, #e0625a);
  --blind: light-dark(#8088a8, #8b93b5);
  --step1: light-dark(#b9b5ad, #565b62);
  --step2: light-dark(#8fb3c9, #3f6d8a);
  --step3: light-dark(#5b8fb0, #5a93b8);
  --step4: light-dark(#3a6f92, #86bde0);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 3rem; max-width: 44rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
}
header p, h1, h2, h3, ol, figure { margin: 0; }
h1 { font-size: 2.25rem; line-height: 1.2; font-weight: 600; letter-spacing: -0.02em; }
h1 small { font-size: 1.125rem; font-weight: 400; letter-spacing: 0; color: var(--faint); white-space: nowrap; }
h2 { margin: 2.75rem 0 0.75rem; font-size: 1rem; font-weight: 600; }
h3 { font-size: 1rem; font-weight: 600; }
p { margin: 0.25rem 0 0; }
.faint, time, footer, summary { color: var(--faint); font-size: 0.875rem; }
.dot { display: inline-block; width: 0.625rem; height: 0.625rem; margin-right: 0.5rem; border-radius: 50%; background: var(--faint); }
.dot.good { background: var(--good); }
.dot.alive { background: var(--alive); }
.dot.shaky { background: var(--shaky); }
.dot.down { background: var(--down); }
.alert { margin: 1.25rem 0 0; padding: 0.625rem 0.875rem; border-left: 3px solid var(--shaky); background: color-mix(in srgb, var(--shaky) 10%, transparent); }
svg { display: block; width: 100%; }
.strip { height: 3.5rem; margin-top: 1rem; border-bottom: 1px solid var(--line); }
.bar { height: 0.625rem; margin: 0.75rem 0 0.5rem; border-radius: 0.3125rem; }
.healthy { fill: var(--good); }
.alive { fill: var(--alive); }
.shaky { fill: var(--shaky); }
.down { fill: var(--down); }
.blind { fill: var(--blind); }
.none { fill: var(--line); }
.nothing { fill: none; }
.step1 { fill: var(--step1); }
.step2 { fill: var(--step2); }
.step3 { fill: var(--step3); }
.step4 { fill: var(--step4); }
.scale { display: flex; justify-content: space-between; margin-top: 0.25rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0.125rem 1rem; margin-top: 0.75rem; padding: 0; list-style: none; }
.legend svg, .steps svg { display: inline-block; flex: none; width: 0.625rem; height: 0.625rem; margin-right: 0.375rem; }
details { margin-top: 1rem; }
summary { cursor: pointer; }
table { width: 100%; margin-top: 0.5rem; border-collapse: collapse; font-size: 0.875rem; }
td { padding: 0.25rem 0; border-top: 1px solid var(--line); vertical-align: top; }
td:first-child { padding-right: 1rem; white-space: nowrap; color: var(--faint); font-variant-numeric: tabular-nums; }
article { padding: 1rem 0; border-top: 1px solid var(--line); }
article header { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; }
.steps { padding: 0; list-style: none; font-size: 0.875rem; }
.steps li { display: flex; align-items: baseline; gap: 0.25rem; }
.steps b { flex: none; width: 5.5rem; font-weight: 400; color: var(--faint); font-variant-numeric: tabular-nums; }
footer { margin-top: 2rem; padding-top: 1rem; border-top: 1px solid var(--line); }
a { color: inherit; }
`;
