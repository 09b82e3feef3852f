# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages in headless Chromium with axe-core: what tests of looks share.  contrib/run-tests fetches the packages from npm
before the tests lose the network; by hand, this does."""
import glob
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get("SEAWALL_BUILD") or ".")
PACKAGES = ("puppeteer-core@23.11.1", "axe-core@4.10.2")
TYPES = ("typescript@5.4.5", "@grafana/schema@10.4.19")         # what tests/system/dashboard-types asks
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
LONG = 600          # seconds


def modules(packages=PACKAGES):
    """Where the packages are, or None."""
    for directory in (os.environ.get("SEAWALL_NODE_MODULES", ""), os.path.join(BUILD, "npm/node_modules")):
        if all(os.path.isdir(os.path.join(directory, p.rpartition("@")[0])) for p in packages):
            return directory
    return None


def fetch():
    if modules(PACKAGES + TYPES) or not shutil.which("npm"):
        return
    to = os.path.join(BUILD, "npm")
    os.makedirs(to, exist_ok=True)
    try:
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0",
                        "--fetch-timeout=20000", "--prefix", to, *PACKAGES, *TYPES], check=False, timeout=120, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        pass


def chromium():
    return next((path for path in map(shutil.which, CHROMIUMS) if path), None)


def missing():
    """Why pages cannot be looked at here, or None."""
    if not shutil.which("node"):
        return "no node"
    if not chromium():
        return "no chromium"
    if not modules():
        return "puppeteer-core and axe-core are not there, and npm could not fetch them"
    return None


def look(out, *pages):
    """Screenshots and PDF files of them go to `out`."""
    return run("looks.js", out, *pages)


def run(script, out, *words):
    """Lines of what was checked, and whether all of it held."""
    os.makedirs(out, exist_ok=True)
    environment = {**os.environ, "HOME": out, "XDG_CONFIG_HOME": out, "XDG_CACHE_HOME": out}
    r = subprocess.run(["node", os.path.join(HERE, script), modules(), chromium(), out, *words], capture_output=True, text=True,
                       check=False, timeout=LONG, stdin=subprocess.DEVNULL, env=environment)
    return [line for line in (r.stdout + r.stderr).splitlines() if line], r.returncode == 0


def shots(out):
    return sorted(glob.glob(os.path.join(out, "*.png")))


if __name__ == "__main__":
    fetch()
