// SPDX-License-Identifier: GPL-3.0-or-later
// Pages in a real browser.  usage: node looks.js MODULES CHROMIUM OUT FILE-OR-NAME=URL...
// Each at desktop and phone width, light and dark: nothing wider than the screen, axe-core finds nothing, nothing is
// fetched; once on paper.  Screenshots and PDF into OUT.  A line a check ("ok"/"FAIL"), exit 1 when one failed.
'use strict';
const fs = require('fs'), path = require('path');
const [modules, chromium, out, ...pages] = process.argv.slice(2);
const puppeteer = require(path.join(modules, 'puppeteer-core'));
const axe = fs.readFileSync(path.join(modules, 'axe-core', 'axe.min.js'), 'utf8');
const SCREENS = [['desktop', 1280, 900], ['phone', 375, 740]];
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const PATIENCE = 60000;
let failed = 0;

function expect(what, ok, detail) {
	failed += !ok;
	console.log((ok ? 'ok    ' : 'FAIL  ') + what + (ok || !detail ? '' : ': ' + detail));
}

// What stands out of the screen, for whoever has to mend it.
function overflow() {
	const wide = [...document.querySelectorAll('body *')].filter(e => !e.closest('svg') && !e.matches('.skip, thead, thead *') &&
		e.getBoundingClientRect().right > innerWidth + 1).slice(0, 3).map(e => e.outerHTML.slice(0, 80));
	return {width: document.documentElement.scrollWidth, screen: innerWidth, wide};
}

// The page forbids scripts; this one comes from outside of it.
async function violations(page, rules) {
	if (!await page.evaluate(() => 'axe' in window))
		await page.evaluate(axe);
	const found = await page.evaluate(only => axe.run(document, {runOnly: only, resultTypes: ['violations']}), rules);
	return found.violations.map(v => `${v.id} (${v.nodes.length}): ${v.nodes[0].html.slice(0, 100)} ${v.nodes[0].failureSummary}`);
}

async function look(page, name, screen, scheme) {
	const what = `${name}, ${screen[0]}, ${scheme}`;
	await page.setViewport({width: screen[1], height: screen[2], deviceScaleFactor: 1});
	await page.emulateMediaFeatures([{name: 'prefers-color-scheme', value: scheme}]);
	const o = await page.evaluate(overflow);
	expect(`${what}: nothing is wider than the screen`, o.width <= o.screen && o.wide.length === 0, JSON.stringify(o));
	const v = await violations(page, scheme === 'light' ? RULES : ['color-contrast']);	// else it is the same page
	expect(`${what}: axe-core finds nothing`, v.length === 0, v.join('\n'));
	await page.screenshot({path: path.join(out, `${name}-${screen[0]}-${scheme}.png`)});
}

// Lengths of text that a hurried reader on a phone would have to pinch for, and colours that do not change.
async function schemes_differ(page, name) {
	const colours = [];
	for (const value of ['light', 'dark']) {
		await page.emulateMediaFeatures([{name: 'prefers-color-scheme', value}]);
		colours.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
	}
	expect(`${name}: dark is not light`, colours[0] !== colours[1], colours.join(' '));
	const small = await page.evaluate(() => [...document.querySelectorAll('p, li, td, th, dd, dt, summary, svg text')].filter(e =>
		e.textContent.trim() !== '' && parseFloat(getComputedStyle(e).fontSize) < 12).length);
	expect(`${name}: no letter is smaller than 12 pixels`, small === 0, `${small} places`);
}

async function paper(page, name) {
	const pdf = Buffer.from(await page.pdf({path: path.join(out, `${name}.pdf`), format: 'A4', printBackground: false}));
	const n = (pdf.toString('latin1').match(/\/Type\s*\/Page[^s]/g) || []).length;
	expect(`${name}: printed, it has pages`, n > 0, `${n} pages, ${pdf.length} bytes`);
	await page.emulateMediaType('print');
	await page.setViewport({width: 680, height: 960});	// A4 without its margins
	const o = await page.evaluate(overflow);
	expect(`${name}: nothing is cut off on paper`, o.width <= o.screen && o.wide.length === 0, JSON.stringify(o));
	await page.emulateMediaType('screen');
}

async function open(browser, where) {
	const served = where.match(/^([\w-]+)=(http:.*)$/);
	const url = served ? served[2] : 'file://' + path.resolve(where);
	const name = served ? served[1] : path.basename(where).replace(/\.html$/, '').replace(/[^\w.-]/g, '_');
	const page = await browser.newPage(), asked = [], said = [];
	page.on('request', r => { if (r.url() !== url && !r.url().startsWith('data:')) asked.push(r.url()); });
	page.on('console', m => said.push(m.text()));
	page.on('pageerror', e => said.push(String(e)));
	await page.goto(url, {timeout: PATIENCE});
	const lang = await page.evaluate(() => document.documentElement.lang);
	expect(`${name}: says its language`, ['en', 'es'].includes(lang), lang);
	for (const screen of SCREENS)
		for (const scheme of ['light', 'dark'])
			await look(page, name, screen, scheme);
	await schemes_differ(page, name);
	await paper(page, name);
	if (!served)
		expect(`${name}: fetches nothing`, asked.length === 0, asked.join(' '));
	expect(`${name}: the browser complains of nothing`, said.length === 0, said.join(' | '));
	await page.close();
}

// A browser or a list of rules that would find nothing anywhere must not pass.
async function control(browser) {
	const page = await browser.newPage();
	await page.setContent('<!DOCTYPE html><title>x</title><img src="data:,"><p style="color:#999;background:#888">words that nobody can read</p>');
	const v = await violations(page, RULES), dark = await violations(page, ['color-contrast']);
	expect('axe-core finds what is wrong with a bad page', v.length > 2 && dark.length === 1, v.join(' '));
	await page.close();
}

async function main() {
	const browser = await puppeteer.launch({executablePath: chromium, timeout: PATIENCE, protocolTimeout: 3 * PATIENCE,
		args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars']});
	try {
		await control(browser);
		for (const where of pages)
			await open(browser, where);
	} finally {
		await browser.close();
	}
	process.exit(failed ? 1 : 0);
}

main().catch(e => { console.log('FAIL  the browser: ' + e); process.exit(1); });
