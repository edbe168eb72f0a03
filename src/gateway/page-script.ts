/** What the page does: looks once a second, changes only what has changed, and asks before it says anything. */
export const PAGE_SCRIPT = `
const byId = (id) => document.getElementById(id);
/** An address cut short by a chat is no name of a rollback; it chooses none. */
function fromHash() {
  try { return decodeURIComponent(location.hash.slice(1)); } catch { return ''; }
}
let chosen = fromHash();
let pending;
const shown = new Map();
const headers = () => { const token = byId('token').value; return token ? { authorization: 'Bearer ' + token } : {}; };
const path = () => '/v1/rollbacks/' + chosen.split('/').map(encodeURIComponent).join('/');
async function get(url) {
  const response = await fetch(url, { headers: headers() });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Error(problem.detail || 'the gateway answered ' + response.status);
}
/** True when the value differs from what is on the page, so that focus and selection survive a look. */
function changed(what, value) {
  const text = JSON.stringify(value);
  if (shown.get(what) === text) return false;
  shown.set(what, text);
  return true;
}
function element(tag, properties, children = []) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
function row(r) {
  const id = r.environment + '/' + r.service + '/' + r.number;
  const started = new Date(r.startedAt).toISOString().replace('T', ' ').slice(0, 19) + 'Z';
  const link = element('a', { href: '#' + id, textContent: id });
  const made = element('tr', {}, [link, r.stage, r.reason || '', started].map((cell) => element('td', {}, [cell])));
  if (id === chosen) made.setAttribute('aria-current', 'true');
  return made;
}
async function list() {
  const { rollbacks } = await (await get('/v1/rollbacks?limit=30')).json();
  const newest = rollbacks[0];
  if (!chosen && newest) chosen = newest.environment + '/' + newest.service + '/' + newest.number;
  if (!changed('list', [rollbacks, chosen])) return;
  byId('none').hidden = rollbacks.length > 0;
  byId('table').hidden = rollbacks.length === 0;
  byId('list').replaceChildren(...rollbacks.map(row));
}
function commandsOf(view) {
  if (!view || view.end) return [];
  const answers = view.wait ? view.wait.options.map((o) => ({ ...o, waitId: view.wait.id })) : [];
  const others = view.youCan.filter((kind) => !answers.some((answer) => answer.command === kind));
  return [...answers, ...others.map((command) => ({ command, consequence: CONSEQUENCE[command] }))];
}
function button(offer) {
  const words = offer.command + (offer.recommended ? ' (recommended)' : '');
  const made = element('button', { type: 'button', textContent: words, className: offer.recommended ? 'recommended' : '' });
  made.onclick = () => ask(offer);
  return element('div', {}, [made, offer.consequence + (offer.needs ? ' (' + offer.needs + ')' : '')]);
}
const figure = (value) => String(Number(value.toPrecision(2)));
/** What the ratio of the two revisions may be, in the words of the block; empty where nothing bounds it. */
function ratioWords({ low, high }, view) {
  if (high === undefined && low === 0) return '';
  const range = high === undefined ? 'at least ' + figure(low) : low === 0 ? 'at most ' + figure(high) : figure(low) + ' to ' + figure(high);
  const fails = view.symptom === 'latency' ? ' is slow ' : view.symptom === 'saturation' ? ' is saturated ' : ' fails ';
  return (view.toRevision || 'old') + fails + range + ' times as often as ' + (view.fromRevision || 'suspect');
}
function span(ms) {
  const seconds = Math.floor(ms / 1000);
  return seconds < 120 ? seconds + ' s' : Math.floor(seconds / 60) + ' min' + (seconds % 60 ? ' ' + (seconds % 60) + ' s' : '');
}
function expectedWords(expected, now) {
  if (expected.kind !== 'at') return 'no verdict expected before the longest bake ends';
  return expected.at <= now ? 'verdict expected now' : 'verdict expected in about ' + span(expected.at - now);
}
function line(id, words) {
  byId(id).hidden = !words;
  byId(id).textContent = words;
}
/** Only a bake that runs, or was left without an answer, has a way to go; the numbers stand in the block as well. */
function showEvidence(evidence, view, now) {
  const meter = evidence && (!evidence.verdict || evidence.verdict.decision === 'hold') ? evidence.meter : undefined;
  const ratio = evidence && evidence.ratioInterval ? ratioWords(evidence.ratioInterval, view) : '';
  byId('evidence').hidden = !meter && !ratio;
  byId('evidence-meters').hidden = !meter;
  line('evidence-ratio', ratio);
  line('evidence-expected', evidence && evidence.expected ? expectedWords(evidence.expected, now) : '');
  if (!evidence) return;
  const phase = evidence.phase ? ' of phase ' + evidence.phase : '';
  byId('evidence-what').textContent = evidence.running ? 'Evidence' + phase + ' so far' : 'Evidence' + phase + ' as it stood when last seen';
  if (!meter) return;
  for (const answer of ['proceed', 'halt']) {
    byId('evidence-' + answer).value = meter[answer];
    byId('evidence-' + answer + '-text').textContent = Math.round(100 * meter[answer]) + ' %';
  }
}
async function show() {
  if (!chosen) return;
  const answer = await get(path());
  // By the gateway's clock, as the block is.
  const now = Date.parse(answer.headers.get('date')) || Date.now();
  const [snapshot, block] = await Promise.all([answer.json(), get(path() + '?format=text').then((r) => r.text())]);
  byId('one').hidden = false;
  byId('name').textContent = chosen;
  if (changed('block', block)) byId('block').textContent = block;
  const view = snapshot.view || {};
  const { evidence } = view;
  if (changed('evidence', [chosen, evidence, evidence && evidence.expected && now])) showEvidence(evidence, view, now);
  const offers = commandsOf(snapshot.view);
  if (changed('commands', [chosen, offers])) byId('commands').replaceChildren(...offers.map(button));
  byId('report').hidden = !(snapshot.view && snapshot.view.end);
}
function ask(offer) {
  pending = { offer, to: path() };
  byId('confirm-what').textContent = offer.command + ' ' + chosen + '?';
  byId('confirm-why').textContent = offer.consequence;
  byId('confirm-yes').textContent = offer.command;
  byId('reason').value = '';
  byId('confirm').returnValue = 'no';
  byId('confirm').showModal();
}
byId('confirm').addEventListener('close', () => {
  if (byId('confirm').returnValue === 'yes' && pending) void say(pending);
});
async function say({ offer, to }) {
  const reason = byId('reason').value.trim();
  const command = { kind: offer.command, ...(offer.waitId ? { waitId: offer.waitId } : {}), ...(reason ? { reason } : {}) };
  byId('said').textContent = offer.command + ': …';
  try {
    const response = await fetch(to + '/commands', { method: 'POST', headers: { 'content-type': 'application/json', ...headers() }, body: JSON.stringify(command) });
    const answer = await response.json();
    byId('said').textContent = offer.command + ': ' + (answer.text || answer.detail || answer.kind || response.status);
  } catch (error) {
    byId('said').textContent = offer.command + ' was not sent: ' + error.message;
  }
}
byId('report').onclick = async (event) => {
  event.preventDefault();
  try {
    const report = await (await get(path() + '/report?format=html')).blob();
    location.assign(URL.createObjectURL(report));
  } catch (error) { byId('said').textContent = 'no report: ' + error.message; }
};
addEventListener('hashchange', () => { chosen = fromHash(); byId('said').textContent = ''; void look(); });
async function look() {
  let trouble = '';
  // Without the list what is chosen may still be known.
  for (const part of [list, show]) try { await part(); } catch (error) { trouble = trouble || 'Not up to date: ' + error.message; }
  if (changed('trouble', trouble)) byId('trouble').textContent = trouble;
}
async function tick() { await look(); setTimeout(tick, 1000); }
void tick();
`;
