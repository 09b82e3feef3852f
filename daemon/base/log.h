/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * log - lines for the administrator, to standard error or syslog.
 * Only the layers that decide what happens next call it (engine, control, main, cli).
 * A flood is folded: at most LOG_BURST lines a second, then one that counts the rest.
 */
#ifndef SEAWALL_BASE_LOG_H
#define SEAWALL_BASE_LOG_H

#include <stdbool.h>
#include <syslog.h>

#define LOG_BURST 50

void log_open(const char *name, bool to_stderr);
void log_line(int priority, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_ERR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)

#endif
