/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * frame - what a picture of time stands in: its caption, what the eye would see in words, the times
 * below it, the same as a table.  It stretches sideways only: x is in per cent of its width, y and
 * heights are in pixels.
 */
#ifndef SEAWALL_REPORT_FRAME_H
#define SEAWALL_REPORT_FRAME_H

#include "base/clock.h"
#include "report/html.h"

#define FRAME_TIMES 24		/* pixels that the times need */

double frame_place(wall_t at, wall_t from, wall_t until);	/* 0 to 100 */

/* Opens the figure. */
void frame_caption(struct html *h, const char *title, const char *about);
/* Opens the picture in it; about is read out. */
void frame_picture(struct html *h, const char *title, const char *about, int height);
/* Opens the fold for the same as a table. */
void frame_table(struct html *h);

/* Letters that stay within the picture at its ends. */
void frame_text(struct html *h, const char *class, double x, int y, const char *s);
/* Ticks with their times, below y. */
void frame_times(struct html *h, wall_t from, wall_t until, int y);

#endif
