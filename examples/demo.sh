#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A fictional city behind its border: real clients and servers, and attacks, between namespaces of
# this machine, judged by examples/policy.yaml. Run by `make demo`, as root. Each line says what was
# expected beside what was observed; the status is 0 if they are the same everywhere. Nothing is
# left behind. Knows what the policy says; see demo/town.sh for the hosts.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

if ((EUID != 0)); then
	echo 'rootで実行してください。 / Run this as root.' >&2
	exit 1
fi
[[ -x build/sekishoctl ]] || MAKEFLAGS="" make build/sekishoctl || exit 1
[[ -x build/tests/frame ]] || MAKEFLAGS="" make build/tests/frame || exit 1

language=en
[[ ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} != ja* ]] || language=ja
export LC_ALL=C.UTF-8

. examples/demo/town.sh
. examples/demo/report.sh

demo_policy=examples/policy.yaml
officer=(--reason 不審な通信 --authority 統括情報セキュリティ責任者)

# Everything but the flow ID, as a policy of its own.
policy_without()
{
	awk -v id="$1" '
		/^  - id: / { gone = $3 == id }
		!gone' "$demo_policy" >"$net_directory/policy.yaml"
}

# From the most secret segment to the internet: the guideline forbids even to write it down.
policy_with_breach()
{
	cat "$demo_policy" - >"$net_directory/breach.yaml" <<'END'
  - id: MN-IN-001
    from: {segment: mynumber, hosts: [mn-server], macs: ["02:00:00:00:10:10"]}
    to: {segment: internet, hosts: [in-server]}
    services: [https]
    purpose: 便利なので
    requested_by: 市民課 山田花子
    approved_by: 情報政策課長 佐藤一郎
    approved_on: 2026-04-01
    valid_until: 2036-03-31
END
}

begin()
{
	section 関所市（架空）の境界 'The border of a fictional city'
	remark 'ホストはこの機械の名前空間。 / The hosts are namespaces of this machine.'
	town_build
	report_said=$net_directory/said
	town_serve
	heading
	expect_exit 0 '方針の点検' 'check of examples/policy.yaml' border check "$demo_policy"
	expect_exit 0 '方針の適用' 'the policy is put in force' \
		border apply "$demo_policy" --actor 鈴木次郎 --second 高橋三郎 --ticket 令8情政第12号
	((report_different == 0)) || stop 'ここから先は方針なしでは見せられない。' 'The rest needs a policy.'
	start_in border "$net_sekishoctl" collect >"$net_directory/collect" 2>&1
	busywait 10 audit_has start || {
		cat "$net_directory/collect"
		stop '記録を始められない。' 'The collector does not start.'
	}
	policy_with_breach
	expect_exit 1 '番号系からネットへの許可は拒否' 'a flow My Number > internet is refused' \
		border apply "$net_directory/breach.yaml" --actor 鈴木次郎
}

# What was deferred is undone on the way out.
stop()
{
	remark "$@"
	exit 1
}

audit_has()
{
	cat "$SEKISHO_STATE_DIR"/audit/*/*.jsonl |
		jq -en --arg type "$1" 'first(inputs | select(.type == $type))'
}

permitted()
{
	section 許可された通信 'What is permitted'
	expect permit-new '番号系からLGWAN系へHTTPS' 'My Number > LGWAN, HTTPS' \
		browse mn 10.20.0.10
	expect permit-new '同、IPv6' 'the same over IPv6' browse mn fd00:20::10
	expect permit-new '番号系から県センターへHTTPS' 'My Number > registered peer, HTTPS' \
		browse mn 10.40.0.10
	expect permit-new '県センターから番号系へHTTPS' 'registered peer > My Number, HTTPS' \
		browse ex 10.10.0.10
	expect permit-new 'メール中継から無害化GWへSMTP' 'LGWAN mail relay > sanitiser, SMTP' mail
	expect permit-new 'DNS（UDP）' 'LGWAN > peer, DNS over UDP' resolve lg 10.40.0.10
	expect permit-new 'DNS（IPv6）' 'the same over IPv6' resolve lg fd00:40::10
	expect permit-new 'ping' 'LGWAN > peer, ping' pings lg 10.40.0.10
	expect permit-new 'ping（IPv6）' 'the same over IPv6' pings lg fd00:40::10
	expect permit-new '運用端末から境界へSSH相当' 'management > border, a service on 22' \
		shell mg 10.50.0.1
	expect permit-new '境界から監査ログを転送' 'border > management, syslog over UDP' \
		forwards_log
	expect 'permit-new permit-related' '途中で尽きたTTLの通知' \
		'ICMP error about a permitted packet' \
		send lg ip src=10.20.0.10 dst=10.40.0.10 ttl=1 udp sport=33000 dport=53 text=x
	branch_talks
}

forwards_log()
{
	echo '<13>demo' | in_ns border socat -u - UDP:10.50.0.10:514
	busywait 2 grep -q demo "$net_directory/syslog"
}

# The branch's traffic carries a tag.
branch_talks()
{
	if has_vlans; then
		expect permit-new '出先からping（VLAN 20）' 'branch > LGWAN, ping, VLAN 20' \
			pings branch 10.20.0.10
		return
	fi
	expect permit-new '出先から（VLAN 20、作成フレーム）' 'branch > LGWAN, VLAN 20, crafted frame' \
		send branch vlan=20 ip src=10.60.0.10 dst=10.20.0.10 icmp type=8 id=1
	remark 'このカーネルに802.1Qデバイスがないため、タグ付きフレームを作って判定だけを見る。' \
		'This kernel has no 802.1Q devices: tagged frames are crafted, their verdicts looked at.'
}

separation()
{
	section 分離 'Separation'
	expect no-flow '番号系からネットへ直接' 'My Number > internet, directly' \
		browse_not mn 10.30.0.80
	expect not-a-gateway 'LGWAN系からネットへ直接' 'LGWAN > internet, past the gateway' \
		browse_not lg 10.30.0.80
	expect no-flow 'LGWAN系から番号系へ（逆向き）' 'LGWAN > My Number: the other way' \
		browse_not lg 10.10.0.10
	expect no-flow 'ネットから番号系へ' 'internet > My Number' \
		send in ip src=10.30.0.80 dst=10.10.0.10 tcp sport=4000 dport=443 flags=S
	expect peer-unregistered '登録のない接続先から' 'a peer that is not registered' \
		send ex ip src=10.40.0.99 dst=10.10.0.10 tcp sport=4000 dport=443 flags=S
	expect port-not-permitted=100 'ポートスキャン（100個）' 'port scan, 100 ports' scan
	expect mac-mismatch '許可と異なるMACアドレス' 'right address, wrong MAC' \
		in_ns mn "$net_frame" send eth0 \
		eth src=02:00:00:00:66:66 "dst=${net_border_mac[mn]}" \
		ip src=10.10.0.10 dst=10.20.0.10 tcp sport=4001 dport=443 flags=S
	expect expired '期限の切れた許可' 'a permission that has ended' \
		send lg ip src=10.20.0.10 dst=10.40.0.10 tcp sport=4002 dport=8443 flags=S
	expect no-destination 'どの領域でもない宛先' 'a destination in no segment' \
		send lg ip src=10.20.0.10 dst=192.0.2.1 udp sport=1 dport=2 text=x
	explained outside-schedule '時間外（explainで確認）' 'outside its hours, by explain' \
		in=trunk0.20 src=10.60.0.10 dst=10.20.0.10 proto=tcp dport=443 \
		at=2027-04-03T12:00:00+09:00
}

scan()
{
	local port

	for ((port = 1; port <= 100; port++)); do
		send mn ip src=10.10.0.10 dst=10.20.0.10 tcp sport=4000 dport="$port" flags=S
	done
}

# explained REASON JAPANESE ENGLISH WORD...: what sekishoctl says of a packet that nobody sends.
explained()
{
	local wanted=$1 japanese=$2 english=$3 observed

	shift 3
	observed=$(border explain -j "$@" | jq -r .reason)
	line "$([[ $observed == "$wanted" ]] && echo 1 || echo 0)" "$japanese" "$english" \
		"$wanted" "$observed"
}

attacks()
{
	section 攻撃 'Attacks'
	expect source-spoofed '送信元の詐称（番号系のポートから）' 'LGWAN address on the My Number port' \
		send mn ip src=10.20.0.10 dst=10.40.0.10 udp sport=1 dport=53 text=x
	expect source-spoofed '境界自身を名乗る' "the border's own address" \
		send lg ip src=10.20.0.1 dst=10.40.0.10 udp sport=1 dport=53 text=x
	expect source-spoofed '偽のARP' 'forged ARP for the border' \
		send lg arp op=2 sha=02:00:00:00:20:10 spa=10.20.0.1 tpa=10.20.0.10
	expect vlan-invalid '二重タグ（VLANホッピング）' 'double tag (VLAN hopping)' \
		send branch vlan=20 vlan=10 ip src=10.60.0.10 dst=10.20.0.10 icmp type=8 id=2
	expect port-unbound '割り当てのないVLAN' 'a VLAN of no segment' \
		send branch vlan=30 ip src=10.60.0.10 dst=10.20.0.10 icmp type=8 id=3
	expect port-unbound 'タグなしでトランクへ' 'no tag on the trunk' \
		send branch ip src=10.60.0.10 dst=10.20.0.10 icmp type=8 id=4
	expect ethertype 'IPでもARPでもないフレーム' 'neither IP nor ARP' \
		send lg type=0x88cc zeros=46
	expect malformed '長さの矛盾するヘッダー' 'contradictory lengths' \
		send lg ip src=10.20.0.10 dst=10.40.0.10 len=2000 udp sport=1 dport=53 text=x
	expect fragment-orphan '先頭のない断片' 'orphan fragment' \
		send lg ip src=10.20.0.10 dst=10.40.0.10 frag=1480,0,77 proto=17 zeros=64
	expect fragment-tiny '小さすぎる先頭断片' 'tiny first fragment' \
		send lg ip src=10.20.0.10 dst=10.40.0.10 id=78 cut=0,8 tcp sport=1 dport=443 flags=S
	expect ipv6-extension 'IPv6経路ヘッダー' 'IPv6 routing header' \
		send lg ip src=fd00:20::10 dst=fd00:40::10 rt0 udp sport=1 dport=53 text=x
	expect tcp-no-state 'ハンドシェイクのないTCP' 'TCP without a handshake' \
		send lg ip src=10.20.0.10 dst=10.30.9.1 tcp sport=4000 dport=3389 flags=A ack=1
	expect tcp-invalid 'あり得ないTCPフラグ' 'impossible TCP flags' \
		send lg ip src=10.20.0.10 dst=10.30.9.1 tcp sport=4000 dport=3389 flags=SF
	expect icmp-unrelated '無関係なICMPエラー' 'ICMP error about nothing' \
		send ex ip src=10.40.0.10 dst=10.20.0.10 icmp type=3 code=1 \
		ip src=10.20.0.10 dst=10.40.0.10 udp sport=9 dport=9 text=x
}

# session_open: a connection that lasts: screen transfer from LGWAN.
session_open()
{
	mkfifo "$net_directory/session.in"
	# shellcheck disable=SC2016 # for the shell that is started
	start_in lg bash -c 'exec socat -t 60 - TCP:10.30.9.1:3389 <"$1.in" >"$1.out"' - \
		"$net_directory/session"
	exec {session}>"$net_directory/session.in"
	session_says one
}

# session_says WORD: and it comes back.
session_says()
{
	echo "$1" >&"$session"
	busywait 5 grep -q "^$1\$" "$net_directory/session.out"
}

# An echo request of one and the same connection.
echo_again()
{
	send lg ip src=10.20.0.10 dst=10.40.0.10 icmp type=8 id=4711
}

changes()
{
	section 方針の変更 'Changes of the policy'
	expect permit-new '画面転送を始める' 'a screen session begins' session_open
	expect permit-new '通信が始まる' 'a connection begins' echo_again
	policy_without LG-EX-002
	expect_exit 0 'その許可を除いて適用（要確認）' 'without its flow, to be confirmed' \
		border apply "$net_directory/policy.yaml" --confirm 60 --actor 鈴木次郎
	expect revoked '取り消された通信' 'its next packet' echo_again
	expect permit-established '残る通信は続く' 'the screen session goes on' session_says two
	expect_exit 0 '確定' 'confirmed' border confirm --actor 鈴木次郎
	expect_exit 0 '前の世代に戻す' 'rolled back' border rollback --actor 鈴木次郎
	expect permit-new '再び許可' 'permitted again' echo_again
}

# The load: an established connection from LGWAN, thousands of packets a second.
load_start()
{
	start_in lg "$net_frame" send eth0 --count 100000000 --interval-us 50 \
		eth "dst=${net_border_mac[lg]}" \
		ip src=10.20.0.10 dst=10.40.0.10 icmp type=8 id=5000
	load=$started
	sleep 0.3
}

# Packets of LGWAN that were permitted, and denied, so far.
lgwan_packets()
{
	border show pairs -j | jq -r '[.[] | select(.from == "lgwan" or .to == "lgwan")] |
		"\(map(.permitted_packets) | add) \(map(.denied_packets) | add)"'
}

# isolate_under_load: nothing of LGWAN is permitted after the command has said that it is isolated;
# it then goes on with its incident bundle.
isolate_under_load()
{
	local started_at told_at permitted denied permitted_later denied_later

	started_at=$(date +%s%N)
	told_at=$(border isolate lgwan "${officer[@]}" | { read -r _ && date +%s%N && cat >/dev/null; }) ||
		return 1
	isolation_ms=$(((told_at - started_at) / 1000000))
	read -r permitted denied < <(lgwan_packets)
	sleep 0.3
	read -r permitted_later denied_later < <(lgwan_packets)
	isolation_denied=$((denied_later - denied))
	isolation_permitted=$((permitted_later - permitted))
	((isolation_permitted == 0 && isolation_denied > 0 && isolation_ms < 1000))
}

emergencies()
{
	section 緊急時 'Emergencies'
	isolation_ms=- isolation_denied=- isolation_permitted=-
	load_start
	expect_exit 0 'LGWAN系を遮断（負荷をかけて）' 'LGWAN is isolated, under load' \
		isolate_under_load
	remark "遮断に要した時間 $isolation_ms ms、その後の0.3秒で許可 $isolation_permitted・拒否 $isolation_denied パケット" \
		"took $isolation_ms ms; in the 0.3 s after it $isolation_permitted packets permitted, $isolation_denied denied"
	stop_process "$load"
	expect isolated '遮断中の通信' 'a permitted service meanwhile' \
		browse_not mn 10.20.0.10
	expect_exit 1 '一人では解除できない' 'one person cannot release it' \
		border release lgwan --actor 鈴木次郎 --second 鈴木次郎
	expect_exit 0 '二人で解除' 'two can' border release lgwan --actor 鈴木次郎 --second 高橋三郎
	expect permit-established '画面転送は切れていない' 'the screen session has survived' \
		session_says three
	expect_exit 0 '全領域を遮断' 'all segments are isolated' border isolate all "${officer[@]}"
	expect permit-new '運用端末だけは入れる' 'only management gets in' shell mg 10.50.0.1
	expect_exit 0 '解除' 'released' border release all --actor 鈴木次郎 --second 高橋三郎
	expect_exit 0 '端末の利用停止' 'a host is suspended' \
		border suspend 10.20.0.10 "${officer[@]}"
	expect suspended '停止中の端末から' 'it asks for a name' denied resolve lg 10.40.0.10
	expect_exit 0 '利用再開' 'it is restored' \
		border restore 10.20.0.10 --reason 復旧確認 --actor 鈴木次郎 --second 高橋三郎
	expect permit-new '再び通信できる' 'it asks again' resolve lg 10.40.0.10
}

denied()
{
	! "$@"
}

# The log, at rest: what was observed is in it, it verifies, and an edited copy does not.
evidence()
{
	local origin copy

	section 記録 'The record'
	expect_exit 0 '理由の合計はフレーム数' 'reasons add up to the frames' adds_up
	expect_exit 0 '拒否理由はすべて記録にある' 'every reason is in the log' busywait 5 log_tells_all
	expect_exit 0 '監査ログの検証' 'the log verifies' border audit verify
	copy=$net_directory/copy
	cp -r "$SEKISHO_STATE_DIR/audit" "$copy"
	for origin in "$copy"/*/*.jsonl; do
		sed -i '0,/"reason":"mac-mismatch"/s//"reason":"permit-new"/' "$origin"
	done
	expect_exit 1 '一件でも書き換えれば判る' 'one edited record is found' \
		verify_copy "$copy"
	sed 's/^/     | /' "$report_said"
}

adds_up()
{
	border show status -j >"$net_directory/status"
	border show reasons -j | jq -e --slurpfile status "$net_directory/status" \
		'(map(.packets) | add) == $status[0].frames and
			$status[0].frames == $status[0].permitted + $status[0].denied'
}

verify_copy()
{
	local copies=("$1"/*/)

	border audit verify "${copies[0]}"
}

# Every reason that denied a frame has a record.
log_tells_all()
{
	local counted told

	counted=$(border show reasons -j |
		jq -c 'map(select(.packets > 0 and (.reason | startswith("permit-") | not)).reason) |
			sort')
	told=$(cat "$SEKISHO_STATE_DIR"/audit/*/*.jsonl |
		jq -cs 'map(select(.type == "deny").reason) | unique')
	[[ $counted == "$told" ]]
}

ending()
{
	section 理由ごとの数 'Packets by reason'
	border --lang "$language" show reasons
	section 監査記録（一部） 'Some audit records'
	cat "$SEKISHO_STATE_DIR"/audit/*/*.jsonl | jq -c '
		select((.type == "deny" and (.reason | IN("mac-mismatch", "not-a-gateway"))) or
			(.type | IN("policy.reject", "isolate", "release", "suspend"))) |
		del(.v, .boot, .mono_ns, .host, .clock, .prev)' | tail -n 8
}

begin
permitted
separation
attacks
changes
emergencies
evidence
ending
report_end
status=$?
run_deferred
check_leaks || status=1
exit "$status"
