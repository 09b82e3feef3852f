/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz - what a target offers: libFuzzer's entry point, which replay.c calls too. */
#ifndef SEAWALL_TESTS_FUZZ_H
#define SEAWALL_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
