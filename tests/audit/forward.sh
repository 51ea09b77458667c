#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `audit forward` against receivers of other makers: rsyslog by UDP, TCP and TLS, and ipfixDump.
# What arrives is the log, byte for byte, whatever becomes of the receiver meanwhile.
#
#	+-- a network namespace of its own: lo -------------------------+
#	|  sekishoctl audit forward ---> 127.0.0.1:5514 to 5516 rsyslogd |
#	|                           ---> 127.0.0.1:4739 socat > ipfixDump|
#	+---------------------------------------------------------------+
set -euo pipefail

if [[ -z ${SEKISHO_FORWARD_INSIDE:-} ]] && ((EUID == 0)); then
	SEKISHO_FORWARD_INSIDE=1 exec unshare --net "$0"
fi

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/peers.sh"

((EUID == 0)) || plan_skip 'needs root for a network namespace'
sekishoctl=${SEKISHOCTL:-$audit_root/build/sekishoctl}
[[ -x $sekishoctl ]] || plan_skip 'build/sekishoctl is not built'
ip link set lo up
build_writer
# The namespace has no way out; packages are fetched from the one outside.
nsenter --net=/proc/$PPID/ns/net true 2>/dev/null || plan_skip 'the outer network cannot be entered'
export -f peers_fetch
export peers
nsenter --net=/proc/$PPID/ns/net bash -euo pipefail -c 'peers_fetch "$@"' - \
	"${rsyslog_packages[@]}" libfixbuf-tools || plan_skip 'the receivers cannot be fetched'

udp=syslog+udp://127.0.0.1:5514
tcp=syslog+tcp://127.0.0.1:5515
tls=syslog+tls://localhost:5516

# begin: a place of its own for a test, and a log of 500 records in 3 files.
begin()
{
	here=$(mktemp -d -p "$audit_work")
	export SEKISHO_STATE_DIR=$here/state
	mkdir -p "$here/state" "$here/rsyslog"
	log=$here/state/audit/one
	"$writer" append "$here/state/audit" one 10 50 200 >/dev/null
}

end_process()
{
	kill "$1" 2>/dev/null || return 0
	wait "$1" 2>/dev/null || return 0
}

# What rsyslog got: `line`: the text of a message without its mark, `head`: what is before it.
rsyslog_settings()
{
	local port=5514

	cat <<-SETTINGS
		global(workDirectory="$here/rsyslog" maxMessageSize="64k"
			defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="$here/ca.pem"
			defaultNetstreamDriverCertFile="$here/localhost.pem"
			defaultNetstreamDriverKeyFile="$here/localhost.key")
		module(load="imudp")
		input(type="imudp" address="127.0.0.1" port="$port" rcvbufSize="4m")
		module(load="imtcp")
		input(type="imtcp" address="127.0.0.1" port="5515" streamDriver.name="ptcp"
			streamDriver.mode="0")
	SETTINGS
	[[ ! -e $here/localhost.pem ]] || cat <<-SETTINGS
		input(type="imtcp" address="127.0.0.1" port="5516" streamDriver.name="ossl"
			streamDriver.mode="1" streamDriver.authMode="x509/name"
			permittedPeer=["border"])
	SETTINGS
	cat <<-SETTINGS
		template(name="line" type="string" string="%msg%\n")
		template(name="head" type="string"
			string="%pri% %timereported:::date-rfc3339% %hostname% %app-name% %msgid% %structured-data%\n")
		template(name="raw" type="string" string="%rawmsg%\n")
		action(type="omfile" file="$here/marked" template="line")
		action(type="omfile" file="$here/head" template="head")
		action(type="omfile" file="$here/raw" template="raw")
	SETTINGS
}

# listens PROTOCOL PORT
listens()
{
	[[ -n $(ss -Hln"$1" "sport = :$2") ]]
}

rsyslog_start()
{
	rsyslog_settings >"$here/rsyslog.conf"
	peers_run "$peers/root/usr/sbin/rsyslogd" -n -f "$here/rsyslog.conf" -i "$here/rsyslog/pid" \
		-M "$peers/root/usr/lib/$(gcc -print-multiarch)/rsyslog" >"$here/rsyslog/said" 2>&1 &
	rsyslog=$!
	defer end_process "$rsyslog"
	busywait 10 listens u 5514
	busywait 10 listens t 5515
}

forward()
{
	"$sekishoctl" audit forward "$@"
}

# Records as they arrived, without the mark before each.
received()
{
	[[ ! -e $here/marked ]] || sed 's/^\xef\xbb\xbf//' "$here/marked"
}

sent()
{
	cat "$log"/*.jsonl
}

has_lines()
{
	[[ -e $1 ]] && (($(wc -l <"$1") >= $2))
}

# Every message begins with the mark, and behind it is the log.
received_is_log()
{
	busywait 20 has_lines "$here/marked" 500
	cmp <(received) <(sent)
	(($(grep -c $'^\xef\xbb\xbf{' "$here/marked") == 500))
}

by_udp()
{
	begin
	rsyslog_start
	forward --to "$udp" --once
	received_is_log
	# The heads say what the records say.
	diff <(cut -d' ' -f2-5 "$here/head") <(sent | jq -r '"\(.time) \(.host) sekisho \(.type)"')
	diff <(sed 's/.*seq="\([0-9]*\)".*/\1/' "$here/head") <(sent | jq -r .seq)
	diff <(awk '{ print $1, $5 }' "$here/head" | sort -u) \
		<(printf '%s\n' '132 deny' '133 policy.apply' '134 flow.end' '134 permit')
}

by_tcp()
{
	begin
	rsyslog_start
	forward --to "$tcp" --once
	received_is_log
	# The receiver can verify what it has.
	mkdir "$here/copy"
	received >"$here/copy/00000000000000000000.jsonl"
	verify_by_hand "$here/copy" | grep -x 'good 500'
	# Once more: nothing is left to send.
	forward --to "$tcp" --once
	forward --to "$tcp" --once --from-seq 499
	busywait 10 has_lines "$here/marked" 501
	(($(wc -l <"$here/marked") == 501))
}

# certificate NAME [AUTHORITY]: NAME.pem and NAME.key.
certificate()
{
	local signed=()

	[[ -z ${2:-} ]] || signed=(-CA "$here/$2.pem" -CAkey "$here/$2.key" -addext "subjectAltName=DNS:$1")
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
		-keyout "$here/$1.key" -out "$here/$1.pem" "${signed[@]}" 2>/dev/null
}

certificates()
{
	certificate ca
	certificate other
	certificate localhost ca
	certificate border ca
}

by_tls()
{
	begin
	certificates
	rsyslog_start
	busywait 10 listens t 5516
	forward --to "$tls" --once --ca "$here/ca.pem" --cert "$here/border.pem" --key "$here/border.key"
	received_is_log
}

# refused WORDS OPTION...: says the words, and the receiver gets nothing.
refused()
{
	local words=$1

	shift
	if LC_ALL=C forward --once "$@" 2>"$here/said"; then
		return 1
	fi
	cat "$here/said"
	grep -q "$words" "$here/said"
	[[ ! -s $here/marked ]]
}

wrong_certificates()
{
	local own

	begin
	certificates
	rsyslog_start
	busywait 10 listens t 5516
	own=(--cert "$here/border.pem" --key "$here/border.key")
	refused 'certificate verify failed\|self.signed certificate\|unable to get local issuer' \
		--to "$tls" --ca "$here/other.pem" "${own[@]}"
	# The right authority, but another name than was asked for.
	refused 'mismatch' --to syslog+tls://127.0.0.1:5516 --ca "$here/ca.pem" "${own[@]}"
	# Nor are files used that are not what they should be.
	refused localhost.key --to "$tls" --ca "$here/ca.pem" --cert "$here/border.pem" \
		--key "$here/localhost.key"
}

# Of the right authority, but for a host of another name.
of_another_name()
{
	begin
	certificates
	certificate elsewhere ca
	mv "$here/elsewhere.key" "$here/localhost.key"
	mv "$here/elsewhere.pem" "$here/localhost.pem"
	rsyslog_start
	busywait 10 listens t 5516
	refused mismatch --to "$tls" --ca "$here/ca.pem" --cert "$here/border.pem" --key "$here/border.key"
}

# follow OPTION...: in the background; its process is $follower.
follow()
{
	"$sekishoctl" audit forward "$@" 2>"$here/said" &
	follower=$!
	defer end_process "$follower"
}

append_slowly()
{
	local i

	for ((i = 0; i < 60; i++)); do
		"$writer" append "$here/state/audit" one 1 50 200 >/dev/null
		sleep 0.1
	done
}

all_arrived()
{
	diff -q <(received | sort -u) <(sent | sort -u)
}

killed_and_restarted()
{
	local appender i

	begin
	rsyslog_start
	follow --to "$tcp" --name one
	append_slowly &
	appender=$!
	defer end_process "$appender"
	for ((i = 0; i < 3; i++)); do
		sleep 1
		# Its kernel goes on taking what it never will read.
		kill -STOP "$rsyslog"
		sleep 0.5
		kill -9 "$rsyslog"
		wait "$rsyslog" || true
		# What a kill left unfinished in its file is not what is tested.
		[[ -z $(tail -c 1 "$here/marked") ]] || echo >>"$here/marked"
		sleep 0.3
		rsyslog_start
	done
	wait "$appender"
	busywait 60 all_arrived || { cat "$here/said"; diff <(received | sort -u) <(sent | sort -u) | head -5; return 1; }
	echo "$(sent | wc -l) records, $(received | wc -l) messages"
	kill "$follower"
	wait "$follower"
	# A clean end: all is taken for arrived.
	jq -e --argjson all "$(sent | wc -l)" '.seq == $all' "$here/state/forward/one.json"
}

position_is()
{
	jq -e --argjson seq "$1" '.seq == $seq' "$here/state/forward/$2.json"
}

follows()
{
	begin
	rsyslog_start
	follow --to "$tcp" --name one
	busywait 10 has_lines "$here/marked" 500
	# Into new files, by another process.
	"$writer" append "$here/state/audit" one 30 20 200 >/dev/null
	busywait 10 has_lines "$here/marked" 1100
	printf 'origin\n1100\nroot\n\n— origin signature\n' >"$log/checkpoint.new"
	mv "$log/checkpoint.new" "$log/checkpoint"
	busywait 3 grep -q ' checkpoint ' "$here/head"
	# The position is kept only when what was sent has had time to arrive.
	busywait 20 position_is 1100 one
	kill "$follower"
	wait "$follower"
	"$writer" append "$here/state/audit" one 1 7 200 >/dev/null
	forward --to "$tcp" --name one --once
	busywait 10 has_lines "$here/raw" 1108
	diff <(received | grep '^{') <(sent)
	(($(grep -c ' checkpoint ' "$here/head") == 1))
	grep ' checkpoint ' "$here/raw" | grep -q '— origin signature'
}

# What was sent is remembered here, whatever becomes of the log.
rolled_back()
{
	local last

	begin
	rsyslog_start
	forward --to "$tcp" --name one --once
	last=$log/00000000000000000400.jsonl
	head -n 20 "$last" >"$here/cut"
	cp "$here/cut" "$last"
	LC_ALL=C forward --to "$tcp" --name one --once
	busywait 10 grep -q ' rollback ' "$here/head"
	grep ' rollback ' "$here/head" | grep '^129 .*expected="500" found="400"'
	# Another history after the same number of records.
	"$writer" append "$here/state/audit" one 1 1 200 >/dev/null
	forward --to "$tcp" --name one --once
	sed -i '$s/"generation":7/"generation":8/' "$last"
	"$writer" append "$here/state/audit" one 1 1 200 >/dev/null
	forward --to "$tcp" --name one --once
	busywait 10 grep -q ' chain .*expected="421" found="421"' "$here/head"
	# Files that were taken away before they were sent.
	rm "$log/00000000000000000000.jsonl"
	forward --to "$tcp" --name two --once
	busywait 10 grep -q ' gap .*expected="0" found="200"' "$here/head"
}

cut_and_chosen()
{
	begin
	rsyslog_start
	forward --to "$udp" --once --size 480 --types deny,loss
	busywait 10 has_lines "$here/raw" "$(sent | grep -c '"type":"deny"')"
	(($(wc -l <"$here/raw") == $(sent | grep -c '"type":"deny"')))
	LC_ALL=C awk 'length($0) > 480 { exit 1 }' "$here/raw"
	(($(grep -c ' cut="[0-9]*"' "$here/raw") == $(wc -l <"$here/raw")))
	# At characters.
	if LC_ALL=C.UTF-8 grep -axv '.*' "$here/raw"; then
		return 1
	fi
}

# same ONE OTHER: or the first lines that are not.
same()
{
	diff "$@" | head -n 6
}

# dump FILE: what ipfixDump reads there, a line a flow: number, kind, counts, ends.
dump()
{
	(peers_run "$peers/root/usr/bin/ipfixDump" --rfc5610 -d -i "$1") >"$1.text"
	awk '
		function told()
		{
			if ("sekishoRecordNumber" in of)
				print of["sekishoRecordNumber"], of["firewallEvent"],
					of["flowEndReason"] + 0, of["protocolIdentifier"],
					of["sourceIPv4Address"] of["sourceIPv6Address"],
					of["sourceTransportPort"],
					of["destinationIPv4Address"] of["destinationIPv6Address"],
					of["destinationTransportPort"], of["octetDeltaCount"],
					of["packetDeltaCount"], of["reverseOctetDeltaCount"] + 0,
					of["reversePacketDeltaCount"] + 0,
					of["sekishoSourceSegment"], of["sekishoDestinationSegment"],
					of["sekishoPolicyFlow"], of["flowStartMilliseconds"]
			delete of
		}
		/^--- data record/ { told() }
		/^\t\(/ {
			match($0, / : /)
			value = substr($0, RSTART + 3)
			if ($0 ~ /IPv6Address/)
				gsub(/:0+/, ":", value)
			sub(/^\(len: [0-9]*\) /, "", value)
			$0 = substr($0, 1, RSTART)
			of[$NF] = value
		}
		END { told() }' "$1.text"
}

# The same, of the log.
told()
{
	sent | jq -r 'def utc: (.[0:19] + "Z" | fromdate) - 32400 | strftime("%Y-%m-%d %H:%M:%S");
		if .type == "flow.end" then
			[.seq, 2, 3, 6, .initiator, .initiator_port, .responder, .responder_port, .bytes_out,
			.packets_out, .bytes_in, .packets_in, .from, .to, .flow,
			(.start | utc) + "." + .start[20:23]]
		elif .type == "deny" then
			[.seq, 3, 0, 6, .src, .sport, .dst, .dport, .bytes, .count, 0, 0, .from, .to, .flow,
			(.first | utc) + "." + .first[20:23]]
		else empty end | map(tostring) | join(" ")'
}

udp_is_told()
{
	same <(dump "$here/udp") <(told)
}

ipfix()
{
	local receiver

	begin
	socat -u TCP-LISTEN:4739,bind=127.0.0.1 "CREATE:$here/tcp" &
	receiver=$!
	defer end_process "$receiver"
	busywait 10 listens t 4739
	forward --to ipfix+tcp://127.0.0.1 --once
	wait "$receiver"
	(($(dump "$here/tcp" | wc -l) > 300))
	same <(dump "$here/tcp") <(told)
	# All of IPv6, which breaks the chain and not the form.
	sed -i 's/"10\.10\.\([01]\)\.\([0-9]*\)"/"fd00:1\1::a\2"/g; s/"10\.20\.9\.1"/"fd00:20::1"/g' "$log"/*.jsonl
	socat -u UDP-RECV:4739,bind=127.0.0.1,rcvbuf=4194304 "CREATE:$here/udp" &
	receiver=$!
	defer end_process "$receiver"
	busywait 10 listens u 4739
	forward --to ipfix+udp://127.0.0.1 --once 2>"$here/said"
	busywait 10 udp_is_told || {
		same <(dump "$here/udp") <(told)
		return 1
	}
	dump "$here/udp" | grep -c 'fd00:1[01]::.* fd00:20::1 443 '
	# The tool itself has nothing of the library.
	if ldd "$sekishoctl" | grep -i 'fixbuf\|glib-2'; then
		return 1
	fi
}

unreachable()
{
	begin
	refused 'Connection refused' --to "$tcp"
	[[ ! -e $here/state/forward/syslog_tcp___127.0.0.1_5515.json ]]
	# It goes on trying, ends when told to, and keeps its place; a second one under its name does not.
	follow --to "$tcp" --name one
	busywait 10 grep -q 'next try' "$here/said"
	if LC_ALL=C forward --to "$tcp" --name one --once 2>"$here/second"; then
		return 1
	fi
	grep 'another is sending' "$here/second"
	rsyslog_start
	received_is_log
	kill "$follower"
	wait "$follower"
}

plan 11
run_test 'rsyslog gets the log by UDP, byte for byte' by_udp
run_test 'by TCP too, and can verify it' by_tcp
run_test 'by TLS, with certificates on both sides' by_tls
run_test 'a receiver with the wrong certificate gets nothing' wrong_certificates
run_test 'nor one of another name' of_another_name
run_test 'a receiver that is killed again and again misses nothing' killed_and_restarted
run_test 'new files, checkpoints and restarts are followed' follows
run_test 'a log that goes back, differs or has gaps is told' rolled_back
run_test 'messages are cut and chosen as asked' cut_and_chosen
run_test 'ipfixDump reads the flows and denials of the log' ipfix
run_test 'a receiver that is not there is waited for' unreachable
finish
