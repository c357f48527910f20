/** Style sheet of the documentation pages. */
export const STYLE = `:root {
  color-scheme: light dark;
  --page: #ffffff; --panel: #f4f5fb; --line: #d6d9ea; --ink: #171a2b; --soft: #535873; --link: #3f51c4; --mark: #e6e9fb;
}
@media (prefers-color-scheme: dark) {
  :root { --page: #12141f; --panel: #1b1e2e; --line: #343954; --ink: #e9ebf7; --soft: #a9aec8; --link: #a5b3ff; --mark: #2a3054; }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 4rem; }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.6 system-ui, "Noto Sans TC", "Noto Sans CJK TC", "PingFang TC", "Microsoft JhengHei", sans-serif; }
header { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: center; padding: .6rem 1.25rem; background: var(--page); border-bottom: 1px solid var(--line); }
header nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; flex: 1; }
a { color: var(--link); text-underline-offset: .2em; }
header a[aria-current] { color: var(--ink); font-weight: 600; text-decoration: none; }
.columns { display: grid; grid-template-columns: minmax(0, 15rem) minmax(0, 1fr); max-width: 76rem; margin: 0 auto; }
.contents { position: sticky; top: 3.2rem; align-self: start; max-height: calc(100vh - 3.2rem); overflow-y: auto; padding: 1.5rem 1rem 1.5rem 1.25rem; }
.contents ul { margin: 0; padding: 0; list-style: none; }
.contents li { margin: .3rem 0; overflow-wrap: anywhere; font-size: .9rem; }
.contents .nested { padding-inline-start: .9rem; border-inline-start: 2px solid var(--line); margin: 0; }
.contents li:not(.nested) { margin-top: .9rem; font-weight: 600; }
.contents a { text-decoration: none; }
main { padding: 1.5rem 1.25rem 5rem; min-width: 0; }
h1 { margin: .2rem 0 1rem; font-size: 1.9rem; line-height: 1.25; }
h2 { margin: 3rem 0 .75rem; padding-bottom: .35rem; border-bottom: 1px solid var(--line); font-size: 1.4rem; }
h3 { margin: 2rem 0 .5rem; font-size: 1.1rem; overflow-wrap: anywhere; }
h4 { margin: 1.25rem 0 .4rem; font-size: .95rem; color: var(--soft); }
code, pre { font: .9em/1.55 ui-monospace, "Cascadia Code", Menlo, Consolas, "Noto Sans Mono CJK TC", monospace; }
code { padding: .1em .3em; border-radius: .3em; background: var(--panel); overflow-wrap: anywhere; }
pre { margin: .4rem 0 1rem; padding: .8rem 1rem; overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; background: var(--panel); }
pre code { padding: 0; background: none; overflow-wrap: normal; }
.table { overflow-x: auto; margin: .4rem 0 1rem; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; }
th, td { padding: .45rem .8rem .45rem 0; border-bottom: 1px solid var(--line); text-align: start; vertical-align: top; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
td:first-child code, td:nth-child(2) code { white-space: nowrap; }
.method { display: inline-block; min-width: 3.6rem; margin-inline-end: .6rem; padding: .05rem .5rem; border-radius: .35rem; background: var(--mark); font-size: .8rem; text-align: center; }
.note { color: var(--soft); }
:target { background: var(--mark); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
@media (max-width: 52rem) {
  .columns { grid-template-columns: minmax(0, 1fr); }
  .contents { position: static; max-height: none; padding-bottom: 0; }
  .contents ul { columns: 9rem; }
  header { position: static; }
}
`
