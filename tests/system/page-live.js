// SPDX-License-Identifier: GPL-3.0-or-later
// The page that people leave open.  usage: node page-live.js MODULES CHROMIUM OUT URL SERVER-PID DIRECTORY
// DIRECTORY/committee is what is served; calm.html, attack.html and old.html (written four minutes ago) take their place
// there as seawalld does it, by renaming.  A line a check ("ok"/"FAIL"), exit 1 when one failed.
'use strict';
const fs = require('fs'), path = require('path');
const [modules, chromium, out, url, server, directory] = process.argv.slice(2);
const puppeteer = require(path.join(modules, 'puppeteer-core'));
const axe = fs.readFileSync(path.join(modules, 'axe-core', 'axe.min.js'), 'utf8');
const PATIENCE = 60000, FASTER = 20;	// its timers; its clock is as it is
const PHONE = {width: 375, height: 740, deviceScaleFactor: 1};
let failed = 0;

function expect(what, ok, detail) {
	failed += !ok;
	console.log((ok ? 'ok    ' : 'FAIL  ') + what + (ok || !detail ? '' : ': ' + detail));
}

function publish(name) {
	const index = path.join(directory, 'committee', 'index.html');
	fs.copyFileSync(path.join(directory, name + '.html'), index + '.new');
	fs.renameSync(index + '.new', index);
}

// What somebody sees who looks up for a second.
function glance() {
	const seen = [...document.querySelectorAll('h1')].filter(e => e.offsetParent !== null);
	const box = seen.length === 1 ? seen[0].closest('.state') : null;
	return {words: seen.map(e => e.textContent).join('|'), of: box && box.className, size: box && parseFloat(getComputedStyle(seen[0]).fontSize),
		colour: box && getComputedStyle(box).color, title: document.title, said: document.getElementById('said').textContent,
		same: window.opened === true, minutes: document.getElementById('old-minutes').textContent};
}

// The first glance of which that is so, or the last one.
async function until(page, so) {
	const end = Date.now() + PATIENCE;
	for (;;) {
		const g = await page.evaluate(glance);
		if (so(g) || Date.now() > end)
			return g;
		await new Promise(done => setTimeout(done, 50));
	}
}

async function open(browser) {
	const page = await browser.newPage(), said = [];
	page.on('console', m => said.push(m.text()));
	page.on('pageerror', e => said.push(String(e)));
	await page.setViewport(PHONE);
	await page.evaluateOnNewDocument(faster => {
		const slow = window.setInterval;
		window.setInterval = (f, ms) => slow(f, ms / faster);
	}, FASTER);
	const answer = await page.goto(url, {timeout: PATIENCE});
	const policy = answer.headers()['content-security-policy'] || '';
	expect('it comes with a policy of hashes alone', policy.includes("script-src 'sha256-") && !policy.includes('unsafe'), policy);
	await page.evaluate(() => { window.opened = true; });
	return {page, said};
}

async function turns(page) {
	const calm = await until(page, g => g.of === 'state state-calm');
	expect('it opens calm', calm.of === 'state state-calm' && calm.words === 'Calm', JSON.stringify(calm));
	await page.evaluate(() => document.querySelector('details') && (document.querySelector('details').open = true));
	publish('attack');
	const attack = await until(page, g => g.of === 'state state-attack');
	expect('the file changes, and it turns to attack by itself', attack.of === 'state state-attack' && attack.same, JSON.stringify(attack));
	expect('its title says so to who looks at another one', attack.title.startsWith('ATTACK'), attack.title);
	expect('it is said to who cannot see', attack.said === attack.words, attack.said);
	expect('and looks otherwise', attack.colour !== calm.colour, attack.colour);
	return calm;
}

// By the server's clock, in letters as large as those of the state that it takes the place of.
async function ages(page, calm) {
	publish('old');
	const old = await until(page, g => g.of === 'state state-old');
	expect('nobody renews it: calm is seen no more', old.of === 'state state-old' && old.same, JSON.stringify(old));
	expect('in letters as large', old.size >= calm.size && old.size >= 32, `${old.size} of ${calm.size}`);
	expect('neither its colour nor its title is that of calm', old.colour !== calm.colour && old.title.startsWith(old.words), JSON.stringify(old));
	expect('it says for how long', +old.minutes >= 4, old.minutes);
	expect('it is said to who cannot see', old.said === old.words, old.said);
	await page.evaluate(axe);
	for (const value of ['light', 'dark']) {
		await page.emulateMediaFeatures([{name: 'prefers-color-scheme', value}]);
		const found = await page.evaluate(() => axe.run(document, {resultTypes: ['violations']}));
		expect(`axe-core finds nothing in it, ${value}`, found.violations.length === 0,
			found.violations.map(v => `${v.id}: ${v.nodes[0].html.slice(0, 100)}`).join('\n'));
		await page.screenshot({path: path.join(out, `page-old-phone-${value}.png`)});
	}
	publish('calm');
	const again = await until(page, g => g.of === 'state state-calm');
	expect('renewed, it is calm again', again.of === 'state state-calm' && again.title.startsWith('Calm') && again.same, JSON.stringify(again));
}

// The network is gone, and four minutes with it.
async function alone(page) {
	process.kill(+server);
	await page.evaluate(() => {
		const now = Date.now;
		Date.now = () => now() + 240000;
	});
	const old = await until(page, g => g.of === 'state state-old');
	expect('no server any more: it says that it is old', old.of === 'state state-old' && old.same, JSON.stringify(old));
}

async function keeps_policy(page) {
	const ran = await page.evaluate(() => {
		const s = document.createElement('script');
		s.textContent = 'window.broken = true';
		document.head.append(s);
		return window.broken === true;
	});
	expect('a script that somebody puts into it does not run', !ran);
}

async function main() {
	const browser = await puppeteer.launch({executablePath: chromium, timeout: PATIENCE, protocolTimeout: 3 * PATIENCE,
		args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars']});
	try {
		publish('calm');
		const {page, said} = await open(browser);
		await ages(page, await turns(page));
		expect('the browser complains of nothing', said.length === 0, said.join(' | '));
		await alone(page);
		await keeps_policy(page);
	} finally {
		await browser.close();
	}
	process.exit(failed ? 1 : 0);
}

main().catch(e => { console.log('FAIL  the browser: ' + e); process.exit(1); });
