/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store - a file of two slots, written in turn: a torn write leaves the one before.
 * A slot is a header (magic, generation, length, checksum) and a payload that means nothing here.
 * What is read is a stranger's until its checksum and length are right.  Pure: bytes in, bytes out.
 */
#ifndef SEAWALL_SENSOR_STORE_H
#define SEAWALL_SENSOR_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"

#define STORE_SLOT (1u << 20)	/* bytes; slot i begins at i times that */
#define STORE_SLOTS 2
#define STORE_HEADER 28
#define STORE_PAYLOAD (STORE_SLOT - STORE_HEADER)

/* Completes a slot whose payload stands behind STORE_HEADER bytes.  Its whole length. */
size_t store_seal(uint8_t *slot, size_t payload_len, uint64_t generation);

/* False: it was never written, or not wholly.  *ret_payload lies in slot. */
bool store_open(const void *slot, size_t len, uint64_t *ret_generation, struct rd *ret_payload);

#endif
