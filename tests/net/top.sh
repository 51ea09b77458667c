#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What an operator watches is what passes: `top` as JSON, as plain text and on a terminal of its own
# (tmux), in both languages.
#
#	lg  eth0 -- lg0 | border | ex0 -- eth0  ex
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/net/town/town.sh
. tests/terminal.sh

command -v tmux >/dev/null || plan_skip 'tmux is not installed'

looks=$net_directory/looks
said=$net_directory/said
sport=1024

watched_policy()
{
	policy_new
	flow LG-EX "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" 'tcp/443, udp/5000' "$@"
	apply
}

# top_start: a look a second, a line each, into $looks. Its id is in $started.
top_start()
{
	start_in border "$net_sekishoctl" top -j --interval 1 >"$looks"
	busywait 5 test -s "$looks"
}

# adds FILTER N: the rates that jq's filter finds, times what each look took, come to be N.
adds()
{
	busywait 8 adds_to "$1" "$2" && return
	echo "$1: $(sum_of "$1"), not $2" >&2
	cat "$looks" >&2
	return 1
}

# What was written last may not be whole yet.
whole_looks()
{
	head -n "$(wc -l <"$looks")" "$looks"
}

sum_of()
{
	whole_looks | jq -s "[.[] | .seconds * ($1)] | add | round"
}

adds_to()
{
	[[ $(sum_of "$1") == "$2" ]]
}

pair_rate()
{
	echo "[.pairs[] | select(.from == \"lg\" and .to == \"ex\") | .$1_per_second] | add // 0"
}

row_rate()
{
	echo "[.$1[] | select(.$2 == \"$3\") | .$4_per_second] | add // 0"
}

rates_are_what_was_sent()
{
	local before after

	watched_policy
	before=$(border show pairs -j | jq '[.[] | select(.from == "lg" and .to == "ex")
		| .permitted_bytes] | add // 0')
	top_start
	for _ in 1 2 3 4 5; do
		sends lg "${at4[ex]}" tcp "sport=$((++sport))" dport=443 flags=S
	done
	sends lg "${at6[ex]}" udp "sport=$((++sport))" dport=5000 zeros=400 --count=300
	sends lg "${at4[ex]}" udp "sport=$((++sport))" dport=5001 --count=40
	adds "$(pair_rate permitted_packets)" 305
	adds "$(pair_rate denied_packets)" 40
	adds "$(row_rate flows id LG-EX new)" 6
	adds '.totals.new.connections_per_second' 6
	adds '.totals.denied.packets_per_second' 40
	adds "$(row_rate reasons reason port-not-permitted packets)" 40
	adds "$(row_rate reasons reason permit-new packets)" 6
	after=$(border show pairs -j | jq '[.[] | select(.from == "lg" and .to == "ex")
		| .permitted_bytes] | add // 0')
	adds "$(pair_rate permitted_bytes)" "$((after - before))"
	# An interface also carries what hosts ask each other.
	(($(sum_of "$(row_rate ports interface lg0 received_packets)") >= 345))
	(($(sum_of "$(row_rate ports interface lg0 received_packets)") <= 365))
	# The last line says what `show` says.
	whole_looks | tail -1 | jq -e --argjson status "$(border show status -j)" \
		'.generation == $status.generation and .digest == $status.digest and
		.guard == $status.guard and .collector == "running" and
		.isolated == [] and .ports_guarded == 2 and (.ports | length) == 2'
}

# Frames at a steady pace, measured by how long they take.
once_measures_what_passes()
{
	local begun took rate shown

	watched_policy
	begun=$(date +%s%N)
	in_ns lg "$net_frame" send eth0 --count 1500 --interval-us 3000 \
		eth "dst=${net_border_mac[lg]}" ip "src=${at4[lg]}" "dst=${at4[ex]}" \
		udp sport=900 dport=5000 text=x &
	defer stop_process $!
	border top --once --interval 2 >"$said"
	wait $!
	took=$(($(date +%s%N) - begun))
	rate=$((1500 * 1000000000 / took))
	cat "$said"
	shown=$(awk '$1 == "lg" && $2 == "ex" { print $3; exit }' "$said" | tr -d ,)
	echo "sent $rate/s, shown $shown/s"
	((shown > rate * 80 / 100 && shown < rate * 120 / 100))
	grep -q '^Permitted ' "$said"
	grep -q '^LG-EX ' "$said"
	grep -Eq '^permit-established +[0-9]' "$said"
	grep -Eq '^lg0 ' "$said"
	border top --once --interval 1 --lang ja >"$said"
	grep -q '^世代:' "$said"
	grep -q '^許可 ' "$said"
}

# Rates that are none, or more than was ever sent.
false_rates()
{
	whole_looks | jq -s '[.[] | [.pairs, .flows, .reasons] | flatten | .[] | to_entries[] |
		select(.key | endswith("_per_second")) | select(.value < 0 or .value > 100000)] | length'
}

look_has()
{
	whole_looks | tail -1 | jq -e "$1"
}

policy_is_replaced()
{
	local generation

	watched_policy
	sends lg "${at4[ex]}" udp "sport=$((++sport))" dport=5000 zeros=1000 --count=2000
	top_start
	# The flow goes and comes back; its counters may begin anew, or go on.
	policy_new
	apply
	busywait 5 look_has '.flows == []'
	watched_policy 'purpose: another'
	generation=$(generation)
	busywait 5 look_has ".generation == $generation and .flows[0].purpose == \"another\""
	# Other numbers for segments, and back: what a pair counted is not another's.
	ip_in border 'link add aa0 type veth peer name aa1' 'link set aa0 up'
	defer ip_in border 'link delete aa0'
	town_kind[aa]=management town_number[aa]=60 town_names=(aa lg ex)
	watched_policy
	busywait 5 look_has ".generation == $((generation + 1)) and .pairs[0].from != \"\""
	town_names=(lg ex)
	watched_policy
	busywait 5 look_has ".generation == $((generation + 2))"
	# A new object, with counters of its own.
	policy_with 'state: {connections: 1024}'
	flow LG-EX "lg, hosts: [$(both lg)]" "ex, hosts: [$(both ex)]" 'tcp/443, udp/5000'
	apply
	busywait 5 look_has ".generation == $((generation + 3))"
	sends lg "${at4[ex]}" udp "sport=$((++sport))" dport=5000 --count=20
	busywait 5 look_has '.totals.permitted.packets_per_second == 0'
	[[ $(false_rates) == 0 ]]
	kill -0 "$started"
}

waits_for_a_policy()
{
	watched_policy
	border detach --actor a --second b --reason test
	border top --once --interval 1 >"$said"
	grep -q '^No policy is in force' "$said"
	top_start
	look_has '.generation == 0 and .digest == null and .pairs == [] and .ports == []'
	watched_policy
	busywait 5 look_has '.generation > 0 and (.ports | length) == 2'
	sends lg "${at4[ex]}" udp "sport=$((++sport))" dport=5000 --count=20
	adds "$(pair_rate permitted_packets)" 20
	kill -0 "$started"
}

options_are_checked()
{
	local words

	for words in '--interval 0' '--interval 61' '--interval x' '--count 0' '--once --count 2' \
		'--nosuch' 'more'; do
		# shellcheck disable=SC2086 # words
		not border top $words >"$said" 2>&1
	done
	border top -j --count 3 --interval 1 >"$looks"
	(($(wc -l <"$looks") == 3))
	not border top </dev/null >"$said" 2>&1
	grep -q 'needs a terminal' "$said"
	grep -q 'top --once' "$said"
	# What reads no more ends it.
	{ border top -j --interval 1 || :; } | head -1 | jq -e .generation
}

# A terminal of its own on the border.
terminal()
{
	in_ns border tmux -L "$net_prefix" -f /dev/null "$@"
}

# terminal_open COLUMNS ROWS [VARIABLE=VALUE...]: its shell is one that mends no terminal.
terminal_open()
{
	local columns=$1 rows=$2

	shift 2
	export TMUX_TMPDIR=$net_directory
	defer terminal kill-server
	terminal -u new-session -d -x "$columns" -y "$rows" \
		env "$@" 'PS1=ready: ' sh -i
	busywait 5 screen_has ready:
	terminal send-keys "stty -a | tail -n +2 >$net_directory/before; clear" Enter
	busywait 5 test -s "$net_directory/before"
}

screen()
{
	terminal capture-pane -p
}

screen_has()
{
	screen | grep -Eq -- "$1"
}

screen_lacks()
{
	! screen_has "$1"
}

# shows PATTERN...: they come to be on the screen.
shows()
{
	local pattern

	for pattern in "$@"; do
		busywait 12 screen_has "$pattern" && continue
		echo "not on the screen: $pattern" >&2
		screen >&2
		return 1
	done
}

hides()
{
	busywait 8 screen_lacks "$1" && return
	echo "still on the screen: $1" >&2
	screen >&2
	return 1
}

press()
{
	terminal send-keys "$@"
}

top_open()
{
	press "$net_sekishoctl top --interval 1 $*; echo ended \$?" Enter
}

# No letters of the page, the cursor, the modes as they were.
is_itself_again()
{
	shows "^ended $1"
	press "stty -a | tail -n +2 >$net_directory/after; echo compared" Enter
	shows '^compared'
	diff "$net_directory/before" "$net_directory/after"
	[[ $(terminal display -p '#{alternate_on} #{cursor_flag} #{keypad_cursor_flag}') == '0 1 0' ]]
	rm "$net_directory/after"
	press clear Enter
	hides '^compared'
}

steady_traffic()
{
	start_in lg "$net_frame" send eth0 --count 30000 --interval-us 5000 \
		eth "dst=${net_border_mac[lg]}" ip "src=${at4[lg]}" "dst=${at4[ex]}" \
		udp sport=901 dport=5000 zeros=100
	start_in lg "$net_frame" send eth0 --count 7500 --interval-us 20000 \
		eth "dst=${net_border_mac[lg]}" ip "src=${at4[lg]}" "dst=${at4[ex]}" \
		udp sport=902 dport=5001 zeros=100
}

screen_is_watched()
{
	watched_policy 'purpose: mail relay'
	steady_traffic
	terminal_open 80 24
	top_open
	shows "generation $(generation) $(border show status -j | jq -r '.digest[:12]')" \
		'guard (absent|present)' 'ports guarded 2/2' 'isolated none' 'log recording' \
		'lost events 0' '\[1 Pairs\]' '^lg +ex +1[0-9][0-9] .* [▁▂▃▄▅▆▇█]' \
		'^Permitted +1[0-9][0-9]/s .*[█▇]' '^Denied +[3-5][0-9]/s'
	# Colours of its own only in front of the terminal's own background; never black.
	terminal capture-pane -p -e | grep -q $'\033\[[0-9;]*36m'
	terminal capture-pane -p -e | grep -Eq $'\033\[([0-9;]*;)?(30|4[0-7])m' && return 1
	press 2
	shows '\[2 Flows\]' '^LG-EX .* mail relay'
	press Tab
	shows '\[3 Reasons\]' '^permit-established' '^port-not-permitted' 'Packets/s▼'
	press '>'
	shows 'Bytes/s▼'
	press '<' '<'
	shows 'Reason▲'
	press r
	shows 'Reason▼'
	press / n o t -
	shows '/not-_' "'not-': 1 of"
	hides '^permit-established'
	press Enter
	shows '^q quit'
	press / Enter
	shows '^permit-established'
	press 4
	shows '\[4 Ports\]' '^ex0 +ex +native +guarded'
	press p
	shows '1 s, paused'
	press p +
	shows 'every 2 s'
	press '?'
	shows 'reverse the order' 'any key'
	press x
	hides 'reverse the order'
	press q
	is_itself_again 0
}

screen_in_japanese()
{
	watched_policy 'purpose: 住民情報の照会'
	steady_traffic
	terminal_open 80 24
	top_open --lang ja
	shows '^関所' '世代 [0-9]+ [0-9a-f]{12} ' '緊急遮断 なし' 'ログ 記録中' '\[1 領域間\]' \
		'^送信元 +宛先 +パケット/秒▼' '^lg +ex ' '^q 終了'
	# A full-width character takes two cells: columns stand one below the other.
	[[ $(screen | sed -n 's/^送信元\( *\)宛先.*/\1/p') == '  ' ]]
	[[ $(screen | sed -n 's/^lg\( *\)ex .*/\1/p') == '      ' ]]
	press 2
	shows '\[2 許可通信\]' '^LG-EX .* 住民情報'
	press / 照会 Enter
	shows "'照会': 1件中1件"
	press '?'
	shows 'いずれかのキー'
	press q
	is_itself_again 0
}

isolation_is_seen()
{
	watched_policy
	steady_traffic
	terminal_open 40 10
	top_open
	shows '^lg +ex '
	border isolate ex --reason r --authority a --actor b
	shows '^!! ISOLATED: ex' '^lg +! ex'
	terminal capture-pane -p -e | grep 'ISOLATED' | grep -q $'\033\[[0-9;]*7'
	border isolate all --reason r --authority a --actor b
	shows '^!! ISOLATED: every segment'
	border release all --actor a --second b
	border release ex --actor a --second b
	hides ISOLATED
	press q
	is_itself_again 0
}

sizes_do_not_matter()
{
	local size

	watched_policy
	steady_traffic
	terminal_open 40 10
	top_open
	shows '\[1 Pairs\]' '^lg +ex ' '^q quit'
	for size in '200 50' '20 5' '7 3' '1 1' '120 8' '40 10'; do
		# shellcheck disable=SC2086 # two words
		terminal resize-window -x ${size% *} -y ${size#* }
		press 2 3 4 1 '?' x
	done
	shows '\[1 Pairs\]' '^lg +ex ' '^q quit'
	terminal resize-window -x 80 -y 24
	shows 'ports guarded 2/2 +isolated none'
	press q
	is_itself_again 0
}

top_process()
{
	ip netns pids "$net_prefix-border" | while read -r process; do
		[[ $(tr '\0' ' ' <"/proc/$process/cmdline") != *sekishoctl\ top* ]] || echo "$process"
	done
}

# It is told to end, or ends by a fault of its own.
signals_leave_the_terminal()
{
	local signal status

	watched_policy
	terminal_open 80 24
	for signal in TERM HUP QUIT INT SEGV ABRT; do
		top_open
		shows '\[1 Pairs\]'
		kill -s "$signal" "$(top_process)"
		case $signal in
		SEGV) status=139 ;;
		ABRT) status=134 ;;
		*) status=0 ;;
		esac
		is_itself_again "$status"
	done
	top_open
	shows '\[1 Pairs\]'
	press C-c
	is_itself_again 0
	# Stopped and taken up again.
	top_open
	shows '\[1 Pairs\]'
	press C-z
	shows Stopped
	press fg Enter
	shows '\[1 Pairs\]'
	hides Stopped
	press q
	shows '^ready:'
	# Its terminal goes.
	top_open
	shows '\[1 Pairs\]'
	terminal kill-server
	busywait 5 has_no_top
}

has_no_top()
{
	[[ -z $(top_process) ]]
}

# What is said meanwhile is neither drawn over the page nor lost: here, that the text of a policy
# which another store has cannot be read.
sentences_are_kept()
{
	local generation

	watched_policy
	terminal_open 80 24
	top_open
	shows '\[1 Pairs\]'
	mkdir "$net_directory/other"
	policy_with 'state: {connections: 2048}'
	SEKISHO_STATE_DIR=$net_directory/other apply
	generation=$(border show status -j 2>/dev/null | jq .generation)
	shows "^sekishoctl: the text of generation $generation" "^generation $generation "
	# The keys come back.
	shows '^q quit'
	press q
	shows "^sekishoctl: the text of generation $generation cannot be read"
	is_itself_again 0
}

poor_terminals()
{
	watched_policy
	terminal_open 80 24 LC_ALL=C NO_COLOR=1
	top_open
	shows '\[1 Pairs\]' 'Packets/s v'
	sends lg "${at4[ex]}" udp "sport=$((++sport))" dport=5000 --count=20
	shows '^lg +ex .* #'
	screen | LC_ALL=C grep -q '[^ -~]' && return 1
	terminal capture-pane -p -e | grep -q $'\033\[[0-9;]*3[0-7]m' && return 1
	press q
	is_itself_again 0
	press "TERM=dumb $net_sekishoctl top; echo ended \$?" Enter
	shows "TERM is 'dumb'" 'top --once'
	is_itself_again 1
	press "TERM=no-such-terminal $net_sekishoctl top; echo ended \$?" Enter
	shows "TERM is 'no-such-terminal'"
	is_itself_again 1
	press "env -u TERM $net_sekishoctl top; echo ended \$?" Enter
	shows "TERM is ''"
	is_itself_again 1
}

# How far the reading of a large policy is, before there is a screen; and where there is none.
reading_is_told()
{
	local i

	command -v python3 >/dev/null || skip_test 'python3 is not installed'
	policy_new
	for ((i = 1; i <= 400; i++)); do
		flow "LG-EX-$i" lg ex "tcp/$i"
	done
	apply
	fast_clock "$net_directory/clock.so"
	in_border_on_terminal - top
	# The screen comes behind it.
	awk 'BEGIN { RS = "\001" } { bar = index($0, "checking ["); screen = index($0, "\033[?1049h") }
		END { exit !(bar && screen > bar) }' "$net_directory/seen"
	in_border_on_terminal "$net_directory/out" show flows
	grep -aqF 'checking [' "$net_directory/seen"
	grep -q 'LG-EX-400' "$net_directory/out"
}

# in_border_on_terminal OUT ARGUMENT...
in_border_on_terminal()
{
	local out=$1

	shift
	TERM=xterm on_terminal "$net_directory/clock.so" "$net_directory/seen" "$out" \
		nsenter --net="$(ns_path border)" -- "$net_sekishoctl" "$@"
}

town_create lg ex
plan 13
run_test 'rates are what was sent' rates_are_what_was_sent
run_test '--once measures what passes' once_measures_what_passes
run_test 'a policy that is replaced makes no false rates' policy_is_replaced
run_test 'with nothing in force it waits' waits_for_a_policy
run_test 'options are checked' options_are_checked
run_test 'tables, order, filter and help on a terminal' screen_is_watched
run_test 'the same in Japanese' screen_in_japanese
run_test 'an isolated segment is seen' isolation_is_seen
run_test 'any size of terminal will do' sizes_do_not_matter
run_test 'however it ends, the terminal is as it was' signals_leave_the_terminal
run_test 'what is said meanwhile is kept' sentences_are_kept
run_test 'terminals without colours, UTF-8 or a cursor' poor_terminals
run_test 'how far the reading of a policy is comes first' reading_is_told
finish
