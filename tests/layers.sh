#!/bin/sh
# Stages stay strangers: daemon/LAYERS, enforced on the includes.
exec "${srcdir:-.}/daemon/check-layers" "${srcdir:-.}/daemon"
