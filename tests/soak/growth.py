# SPDX-License-Identifier: GPL-3.0-or-later
"""Does a process grow?  Pure arithmetic on what was measured; growth-test tries it, README.md says why it is so.

A life is what one process showed: {"role", "pid", "samples": [{"t": s, "anon": KiB, "data": KiB, "fds": n, "threads": n}, ...]}.
"""
import statistics

ENOUGH_S, ENOUGH = 90, 6        # a second half shorter than this, or of fewer samples, is not judged
LEAK_KIB, LEAK_SHARE = 256, 0.005
UNITS = {"data": "KiB of memory asked for", "fds": "descriptors", "threads": "threads"}
LIVES_KIB, LIVES_SHARE = 1024, 0.05
# Of anonymous memory at any time: what seawalld(8) says of the page's story, and what the messenger needs without it.
BOUNDS_KIB = {"messenger": 10 * 1024 + 5 * 1024}


def slope(points):
    """Theil and Sen: the median of the slopes of all pairs, which a few outliers do not move."""
    return statistics.median((y2 - y1) / (t2 - t1) for i, (t1, y1) in enumerate(points) for t2, y2 in points[i + 1:] if t2 > t1)


def second_half(life):
    samples = life["samples"]
    middle = (samples[0]["t"] + samples[-1]["t"]) / 2
    late = [s for s in samples if s["t"] >= middle]
    return late if len(late) >= ENOUGH and late[-1]["t"] - late[0]["t"] >= ENOUGH_S else None


def rise(late, what):
    """How much the second half of a life rose by its slope."""
    return slope([(s["t"], s[what]) for s in late]) * (late[-1]["t"] - late[0]["t"])


def higher_floor(late, what):
    """What is held open for a while comes and goes; what leaks lifts the least that is ever seen.  A moment in which less was
    open, while a sensor began anew, is not that: a sample in ten may be one."""
    third = len(late) // 3
    before = sorted(s[what] for s in late[:third])
    return min(s[what] for s in late[-third:]) - before[len(before) // 10]


def beyond_bound(life):
    most = max(s["anon"] for s in life["samples"])
    bound = BOUNDS_KIB.get(life["role"], most)
    return [f"{life['role']} (pid {life['pid']}): {most} KiB of memory, bound {bound}"] if most > bound else []


def of_life(life):
    """Sentences about a life that grew; [] when it did not, None when it was too short to tell."""
    late = second_half(life)
    if late is None:
        return None
    who, faults = f"{life['role']} (pid {life['pid']})", []
    grown, limit = rise(late, "anon"), max(LEAK_KIB, LEAK_SHARE * statistics.median(s["anon"] for s in late))
    if grown > limit:
        faults.append(f"{who}: {grown:.0f} KiB more memory over the second half of its life, limit {limit:.0f}")
    for what, limit in (("data", LEAK_KIB), ("fds", 0), ("threads", 0)):
        more = higher_floor(late, what)
        if more > limit:
            faults.append(f"{who}: at the end of its life never less than {more} {UNITS[what]} more than before")
    return faults


def over_lives(lives):
    """One role's lives in order: what each needs, at its end, against the first one that was long enough."""
    late = [second_half(life) for life in lives]
    levels = [statistics.median(s["anon"] for s in x) for x in late if x]
    if len(levels) < 2:
        return []
    limit = max(LIVES_KIB, LIVES_SHARE * levels[0])
    if levels[-1] - levels[0] > limit:
        return [f"{lives[0]['role']}: its last life needs {levels[-1] - levels[0]:.0f} KiB more than its first, limit {limit:.0f}"]
    return []


def judge(lives):
    """(sentences, how many lives were long enough)"""
    faults, judged, roles = [], 0, {}
    for life in lives:
        found = of_life(life)
        judged += found is not None
        faults += (found or []) + beyond_bound(life)
        roles.setdefault(life["role"], []).append(life)
    for of_one in roles.values():
        faults += over_lives(of_one)
    return faults, judged
