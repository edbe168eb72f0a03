import { CONSEQUENCE } from '../domain/rollback';
import { PAGE_SCRIPT } from './page-script';
import { PAGE_STYLE } from './page-style';

/** The whole page: one document, no framework, usable by keyboard, state in words as well as in shape. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>phased-rollback</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>phased-rollback</h1>
<label>Token <input id="token" type="password" autocomplete="off" size="20" aria-describedby="token-why"></label>
<small id="token-why">needed only where the policy file has tokens</small>
</header>
<p id="trouble" role="alert"></p>
<main>
<section id="one" hidden aria-labelledby="name">
<h2 id="name"></h2>
<pre id="block" tabindex="0"></pre>
<div id="evidence" role="group" aria-labelledby="evidence-what" hidden>
<p id="evidence-what"></p>
<div id="evidence-meters">
<p><label>To go on <progress id="evidence-proceed" max="1"></progress></label> <span id="evidence-proceed-text"></span></p>
<p><label>To stop <progress id="evidence-halt" max="1"></progress></label> <span id="evidence-halt-text"></span></p>
</div>
<p id="evidence-ratio" hidden></p>
<p id="evidence-expected" hidden></p>
</div>
<div id="commands" role="group" aria-label="What you can do"></div>
<p><a id="report" href="#" hidden>Open the report</a></p>
<p id="said" role="status"></p>
</section>
<section aria-labelledby="all">
<h2 id="all">Rollbacks</h2>
<p id="none">None yet. An alert, or <code>phased-rollback start</code>, begins one.</p>
<table hidden id="table"><thead><tr><th scope="col">Rollback</th><th scope="col">Stage</th><th scope="col">Reason</th><th scope="col">Started (UTC)</th></tr></thead><tbody id="list"></tbody></table>
</section>
</main>
<dialog id="confirm" aria-labelledby="confirm-what">
<form method="dialog">
<h2 id="confirm-what"></h2>
<p id="confirm-why"></p>
<label>Reason <input id="reason" size="40" autocomplete="off"></label>
<p><button value="yes" id="confirm-yes"></button> <button value="no" formnovalidate>Cancel</button></p>
</form>
</dialog>
<script>const CONSEQUENCE = ${JSON.stringify(CONSEQUENCE)};
${PAGE_SCRIPT}</script>
</body>
</html>
`;
