// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures of small pages, as large as what is on them.  usage: node shoot.js MODULES CHROMIUM OUT FILE...
'use strict';
const path = require('path');
const [modules, chromium, out, ...pages] = process.argv.slice(2);
const puppeteer = require(path.join(modules, 'puppeteer-core'));

(async () => {
	const browser = await puppeteer.launch({executablePath: chromium, timeout: 60000,
		args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars']});
	const page = await browser.newPage();
	await page.setViewport({width: 1000, height: 700, deviceScaleFactor: 1});
	for (const file of pages) {
		await page.goto('file://' + path.resolve(file));
		const name = path.basename(file, '.html');
		await (await page.$('body')).screenshot({path: path.join(out, name + '.png')});
		console.log('ok    ' + name);
	}
	await browser.close();
})().catch(e => { console.error(String(e)); process.exit(1); });
