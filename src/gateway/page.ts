/** The whole page: one document, no framework, usable by keyboard, state in words as well as in shape. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>phased-rollback</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 1.5rem auto; padding: 0 1rem; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid; border-radius: .4rem; font: 14px/1.5 ui-monospace, monospace; }
button, select, input { font: inherit; padding: .35rem .7rem; margin: .15rem; }
:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid; }
</style>
</head>
<body>
<h1>phased-rollback</h1>
<p><label>Token <input id="token" type="password" autocomplete="off" size="20"></label> <span>(needed only where tokens are configured)</span></p>
<h2>Rollbacks</h2>
<table><thead><tr><th>Rollback</th><th>Stage</th><th>Reason</th><th>Started (UTC)</th></tr></thead><tbody id="list"></tbody></table>
<section id="one" hidden>
<h2 id="name"></h2>
<pre id="block" aria-live="polite"></pre>
<p id="commands"></p>
<p><label>Reason <input id="reason" size="40"></label> <a id="report" hidden>Report</a></p>
<p id="said" role="status"></p>
</section>
<script>
const byId = (id) => document.getElementById(id);
let chosen = location.hash.slice(1);
let shownCommands = '';
const headers = () => { const token = byId('token').value; return token ? { authorization: 'Bearer ' + token } : {}; };
const get = async (path) => { const r = await fetch(path, { headers: headers() }); if (!r.ok) throw new Error((await r.json()).detail); return r; };
async function list() {
  const { rollbacks } = await (await get('/v1/rollbacks?limit=30')).json();
  byId('list').replaceChildren(...rollbacks.map((r) => {
    const id = r.environment + '/' + r.service + '/' + r.number;
    const row = document.createElement('tr');
    const link = Object.assign(document.createElement('a'), { href: '#' + id, textContent: id });
    const cells = [link, r.stage, r.reason || '', new Date(r.startedAt).toISOString().replace('T', ' ').slice(0, 19) + 'Z'];
    for (const cell of cells) { const td = document.createElement('td'); td.append(cell); row.append(td); }
    return row;
  }));
  if (!chosen && rollbacks[0]) chosen = rollbacks[0].environment + '/' + rollbacks[0].service + '/' + rollbacks[0].number;
}
async function show() {
  if (!chosen) return;
  const snapshot = await (await get('/v1/rollbacks/' + chosen)).json();
  byId('one').hidden = false;
  byId('name').textContent = chosen;
  byId('block').textContent = await (await get('/v1/rollbacks/' + chosen + '?format=text')).text();
  const view = snapshot.view;
  const waits = view && view.wait ? view.wait.options.map((o) => ({ kind: o.command, waitId: view.wait.id })) : [];
  const kinds = view ? [...waits, ...view.youCan.filter((k) => !waits.some((w) => w.kind === k)).map((kind) => ({ kind }))] : [];
  if (JSON.stringify(kinds) !== shownCommands) {
    shownCommands = JSON.stringify(kinds);
    byId('commands').replaceChildren(...kinds.map((command) => {
      const button = Object.assign(document.createElement('button'), { type: 'button', textContent: command.kind });
      button.onclick = () => say(command);
      return button;
    }));
  }
  byId('report').hidden = !(view && view.end);
  byId('report').href = '/v1/rollbacks/' + chosen + '/report?format=html';
}
async function say(command) {
  const reason = byId('reason').value;
  const body = { ...command, ...(reason ? { reason } : {}) };
  const r = await fetch('/v1/rollbacks/' + chosen + '/commands', { method: 'POST', headers: { 'content-type': 'application/json', ...headers() }, body: JSON.stringify(body) });
  const answer = await r.json();
  byId('said').textContent = command.kind + ': ' + (answer.text || answer.detail);
}
addEventListener('hashchange', () => { chosen = location.hash.slice(1); shownCommands = ''; });
async function tick() {
  try { await list(); await show(); } catch (error) { byId('said').textContent = 'Not up to date: ' + error.message; }
  setTimeout(tick, 1000);
}
tick();
</script>
</body>
</html>
`;
