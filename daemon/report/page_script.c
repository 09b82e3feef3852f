/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The page's only script: asks for the page again, puts what is new in the old one's place, keeps
 * what was there when nothing comes, and says when what is shown is old.  By the server's clock,
 * since the reader's may be wrong.
 */
#include "report/page_in.h"

const char page_script[] = "\n\
'use strict';\n\
document.addEventListener('DOMContentLoaded', function () {\n\
var d = document, ahead = 0, last = '', title = d.title, shown = '';\n\
function by(id) { return d.getElementById(id); }\n\
function say(state) {\n\
	if (shown && shown !== state) by('said').textContent = state;\n\
	shown = state;\n\
}\n\
function look() {\n\
	var age = Date.now() + ahead - Date.parse(by('written').dateTime), old = !(age < 180000);\n\
	by('old').hidden = !old;\n\
	by('now').hidden = old;\n\
	by('old-minutes').textContent = Math.max(0, Math.floor(age / 60000));\n\
	d.body.classList.toggle('stale', old);\n\
	say(by(old ? 'old-state' : 'state').textContent);\n\
	d.title = old ? shown + ' – ' + title.split(' – ').slice(1).join(' – ') : title;\n\
}\n\
function take(text) {\n\
	var n, live, open;\n\
	if (text === last) return;\n\
	n = new DOMParser().parseFromString(text, 'text/html');\n\
	live = n.getElementById('live');\n\
	if (!live || !n.getElementById('written')) return;\n\
	last = text;\n\
	open = Array.from(d.querySelectorAll('details'), function (x) { return x.open; });\n\
	by('live').replaceWith(d.adoptNode(live));\n\
	d.querySelectorAll('details').forEach(function (x, i) { x.open = !!open[i]; });\n\
	title = n.title;\n\
}\n\
function ask() {\n\
	fetch(location.pathname, { cache: 'no-cache' }).then(function (r) {\n\
		var then = Date.parse(r.headers.get('Date') || '');\n\
		if (!r.ok) throw r.status;\n\
		if (then) ahead = then - Date.now();\n\
		return r.text();\n\
	}).then(take).catch(function () {}).then(look);\n\
}\n\
look();\n\
setInterval(look, 1000);\n\
if (location.protocol !== 'file:') setInterval(ask, 10000);\n\
});\n";
