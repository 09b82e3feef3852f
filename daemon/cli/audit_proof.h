/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * audit_proof - what one hands to somebody who does not have the record: checkpoints, proofs, the
 * public key.
 */
#ifndef SEAWALL_CLI_AUDIT_PROOF_H
#define SEAWALL_CLI_AUDIT_PROOF_H

#include "cli/cli.h"

cli_run cli_audit_checkpoint;
cli_run cli_audit_prove;
cli_run cli_audit_publish;
cli_run cli_audit_key;

#endif
