# SPDX-License-Identifier: GPL-3.0-or-later
"""When a session came up or a route came, as birdc prints it.

BIRD keeps a moment on one clock and prints it on another, reading the two one after the other each time it is asked: the same
moment comes out some milliseconds off when the machine is busy in between (once in 20,000 on an idle one, by 13 ms), and as a
date once it is 20 hours old.  Such texts cannot be compared as they stand.
"""
import re

DAY = 86400
APART = 0.1     # seconds; a session that ended is not up again so soon, nor a route
TIME = re.compile(r"(\d\d):(\d\d):(\d\d(?:\.\d+)?)")
MOMENT = re.compile(rf"{TIME.pattern}|(\d{{4}}-\d\d-\d\d)")


def seconds(text):
    """Of the first time of day in it."""
    h, m, s = TIME.search(text).groups()
    return int(h) * 3600 + int(m) * 60 + float(s)


def same_moment(before, now):
    if now[-1] or before[-1]:
        return bool(now[-1]) and before[-1] in ("", now[-1])     # it grew old; what is new has a time of day
    apart = abs(seconds(":".join(before[:3])) - seconds(":".join(now[:3])))
    return min(apart, DAY - apart) < APART


def same(before, now):
    """Whether what was read (any object, by its words) differs in nothing but how BIRD printed the same moments."""
    before, now = str(before), str(now)
    pairs = list(zip(MOMENT.findall(before), MOMENT.findall(now)))
    return MOMENT.split(before)[::5] == MOMENT.split(now)[::5] and all(same_moment(b, n) for b, n in pairs)
