/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pictures - the pictures of a story, as charts. */
#ifndef SEAWALL_REPORT_PICTURES_H
#define SEAWALL_REPORT_PICTURES_H

#include "report/document.h"
#include "report/html.h"

/* attack: of PICTURE_ATTACK.  Draws what was measured, then what stood when. */
void pictures_draw(struct html *h, enum picture p, const struct story *s, unsigned attack,
    const char *title, const char *about);

#endif
