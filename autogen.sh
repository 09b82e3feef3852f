#!/bin/sh
# Makes ./configure; nothing it writes is committed.
cd "$(dirname "$0")" && exec autoreconf --install --force
