#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""pseudo_po.py ES.PO: a catalogue with the same sentences, in which every "translation" is the English in capitals.

What a program then says in small letters did not come from the catalogue: it would be English in any language.
"""
import re
import sys

# directives of printf stay what they are
WORDS = re.compile(r"%(?:\d+\$)?[-+ 0#]*\d*(?:\.\d+)?(?:hh|h|ll|l|z|j)?[a-zA-Z%]|\\.|[^%\\]+")


def capitals(text):
    return "".join(w if w[0] in "%\\" else w.upper() for w in WORDS.findall(text))


print('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n')
for entry in open(sys.argv[1], encoding="utf-8").read().split("\n\n"):
    said = re.search(r'^msgid ((?:".*"\n)+)', entry + "\n", re.M)
    if said is None or said[1] == '""\n':
        continue
    print("msgid " + said[1] + "msgstr " + "\n".join(f'"{capitals(line[1:-1])}"' for line in said[1].splitlines()) + "\n")
