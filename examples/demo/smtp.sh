#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A mail server's side of a dialogue, with nothing behind it. socat runs it once a connection.
set -euo pipefail

answer()
{
	printf '%s\r\n' "$*"
}

answer 220 gateway.example ESMTP
while read -r word rest; do
	word=${word%$'\r'}
	case $word in
	EHLO | HELO) answer 250 gateway.example ;;
	MAIL | RCPT) answer 250 "OK ${rest%$'\r'}" ;;
	DATA)
		answer 354 end with a dot
		while read -r text && [[ $text != $'.\r' ]]; do :; done
		answer 250 taken
		;;
	QUIT)
		answer 221 bye
		break
		;;
	*) answer 500 what ;;
	esac
done
