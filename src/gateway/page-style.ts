/** How the page looks: the reader's own colours and fonts, state never by colour alone. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 72rem; margin: 1.5rem auto; padding: 0 1rem; }
header { display: flex; flex-wrap: wrap; gap: .3rem 1rem; align-items: baseline; }
h1 { margin: 0 auto 0 0; font-size: 1.4rem; } h2 { font-size: 1.1rem; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid; border-radius: .4rem; font: 14px/1.6 ui-monospace, monospace; }
button, input { font: inherit; padding: .4rem .8rem; margin: .15rem .3rem .15rem 0; }
button.recommended { font-weight: bold; border-width: 3px; }
#commands div { margin: .2rem 0; }
#trouble:not(:empty) { padding: .6rem 1rem; border: 2px solid; border-radius: .4rem; font-weight: bold; }
:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid; }
tr[aria-current] { font-weight: bold; }
dialog { max-width: 34rem; border: 2px solid; border-radius: .4rem; }
`;
