/* SPDX-License-Identifier: GPL-3.0-or-later */
/* style - style.css, embedded by the build. */
#ifndef SEAWALL_REPORT_STYLE_H
#define SEAWALL_REPORT_STYLE_H

extern const char report_style[];

#endif
