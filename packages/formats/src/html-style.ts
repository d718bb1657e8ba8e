/** The style of an HTML export: no font, image or anything else is fetched. */
export const HTML_STYLE = `
:root { color-scheme: light dark; --text: #1c2024; --soft: #60646c; --page: #f7f8fa; --card: #fff; --line: #dfe2e8;
  --code: #f0f2f5; --user: #0b68cb; --assistant: #12805c; --tool: #8a5a00; --system: #6b4fbb; --error: #c62a2f; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e8eb; --soft: #9ba1a8; --page: #111315; --card: #1a1d20;
  --line: #2e3338; --code: #23272b; --user: #6cb6ff; --assistant: #4cc38a; --tool: #e2a336; --system: #b39ddb; --error: #ff8589; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.6 system-ui, sans-serif; }
main { max-width: 54rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.5rem; line-height: 1.3; margin: 0 0 1rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0 0 1rem; font-size: .875rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
article { background: var(--card); border: 1px solid var(--line); border-left: .25rem solid var(--role, var(--line));
  border-radius: .5rem; margin: 1rem 0; padding: .75rem 1rem; }
.user { --role: var(--user); } .assistant { --role: var(--assistant); }
.tool { --role: var(--tool); } .system { --role: var(--system); }
article > header { display: flex; flex-wrap: wrap; gap: .5rem; align-items: baseline; font-size: .8125rem; color: var(--soft); }
article > header b { color: var(--role, inherit); font-size: .9375rem; overflow-wrap: anywhere; }
article > header a { color: inherit; margin-left: auto; text-decoration: none; }
article > header a:hover { text-decoration: underline; }
.prose { white-space: pre-wrap; overflow-wrap: anywhere; margin: .5rem 0; }
pre { background: var(--code); border-radius: .375rem; margin: .5rem 0; max-height: 40rem; overflow: auto; padding: .75rem;
  font: .8125rem/1.5 ui-monospace, monospace; tab-size: 4; }
details { border: 1px solid var(--line); border-radius: .375rem; margin: .5rem 0; padding: 0 .75rem; }
summary { cursor: pointer; padding: .35rem 0; color: var(--soft); font-size: .875rem; overflow-wrap: anywhere; }
summary code { color: var(--text); font: .8125rem ui-monospace, monospace; }
.error > summary { color: var(--error); }
.attachment { color: var(--soft); font-style: italic; overflow-wrap: anywhere; }
@media print { article { break-inside: avoid-page; } pre { max-height: none; white-space: pre-wrap; } }
`;
