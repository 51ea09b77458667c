#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The smallest name server: whatever name is asked for, its address is 10.40.0.80. socat runs it
# once a question, which it reads from standard input.
set -euo pipefail

bytes=
question=$(od -An -v -tx1 | tr -d ' \n')
# Number of the question; an answer without error; one question, one answer; the question again;
# then for the name at byte 12: type A, class IN, 60 seconds, 4 bytes.
answer=${question:0:4}81800001000100000000${question:24}c00c000100010000003c00040a280050
for ((i = 0; i < ${#answer}; i += 2)); do
	bytes+="\\x${answer:i:2}"
done
# In one piece: it is one datagram.
printf '%b' "$bytes"
