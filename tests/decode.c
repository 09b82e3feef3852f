/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `seawall decode` alone, for tests and measurements. */
#include "cli/decode.h"

int
main(int argc, char **argv)
{
	return cli_decode(argc, argv, false);
}
