#!/usr/bin/env bash
# Trains through the pipeline, attacks it, defends it: one experiment file, one command.
#
#   ./run-cluster.sh                                     the quickstart, in one process
#   ./run-cluster.sh hocon/quickstart.conf --seed 11     any experiment file, with any option of `run`
#   ./run-cluster.sh --nodes 4 FILE.conf --out DIR       the same over four processes of this machine: the same bits
#   ./run-cluster.sh --help                              these lines, and the options of `run`
#
# Options that go with --nodes, most of them to watch it survive failures:
#
#   --kill NODE@ITERATION[:MOMENT]   This node (counted from 1) sends itself SIGKILL in this iteration (counted from 0) of the
#                                    first run that reaches it; repeatable. MOMENT is forward (the default), backward,
#                                    prepared, hearing (where stages state different things) or committed.
#   --kill-every SECONDS             Send SIGKILL to a random node, possibly the leader, and start a new one in its place,
#                                    again and again until the experiment ends.
#   --scenario NAME|FILE.conf        Inject a scenario's events into these processes: crash, pause, partition, ... at
#                                    iterations or times (docs/simulation.md). Each is recorded in DIR/struck before it is
#                                    injected. If one never was, the exit code is 3.
#   --host HOST                      Where the nodes listen, in place of 127.0.0.1; another address of this machine, such as ::1.
#
# Paths are relative to the current folder. Ctrl-C, SIGTERM and SIGHUP end the experiment after the current iteration, on all nodes.

set -euo pipefail

# Trouble with what is printed is no trouble of the experiment: a closed descriptor, a full disk, a reader that has gone.
{ : <&0; } 2>/dev/null || exec </dev/null
{ : >&1; } 2>/dev/null || exec >/dev/null
{ : >&2; } 2>/dev/null || exec 2>/dev/null
trap '' PIPE

root=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
program=$root/src/PipelineRobustness.Cli

say() { echo "$1" >&2 2>/dev/null || true; }
show() { cat "$1" >&2 2>/dev/null || true; }
bad() { say "run-cluster.sh: $1"; exit 2; }

# ---------------------------------------------------------------------------------------------------------------------
# The arguments: an experiment file (by default the quickstart) and options. Options that are not ours are passed on.

named=false quiet=false json=false nodes='' kills=() kill_every='' scenario='' host='' resume=false out='' rest=()
while [ $# -gt 0 ]; do
  case $1 in
    --nodes=* | --kill=* | --kill-every=* | --scenario=* | --host=* | --out=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;&
    --nodes | --kill | --kill-every | --scenario | --host | --out) [ $# -ge 2 ] || bad "$1: expected a value, found none" ;;&
    -h | --help)
      sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
      exec dotnet run -c Release --project "$program" -- run --help
      ;;
    --nodes) nodes=${2:-none} && shift ;;
    --kill) kills+=("$2") && shift ;;
    --kill-every) kill_every=$2 && shift ;;
    --scenario) scenario=${2:-none} && shift ;;
    --host) host=${2:-none} && shift ;;
    --resume) resume=true && rest+=("$1") ;;
    --out) out=$2 && rest+=("$1" "$2") && shift ;;
    --quiet) quiet=true && rest+=("$1") ;;
    --json) json=true && rest+=("$1") ;;
    -* | *=*) rest+=("$1") ;;
    *.conf) named=true && rest+=("$1") ;;
    *) rest+=("$1") ;;
  esac
  shift
done
if [ ${#rest[@]} -eq 0 ] || { [[ ${rest[0]} == -* ]] && ! $named; }; then
  rest=("$root/hocon/quickstart.conf" "${rest[@]}")
fi

# ---------------------------------------------------------------------------------------------------------------------
# Several processes: how many, and which is killed when.

[[ $nodes =~ ^([1-9][0-9]{0,2})?$ ]] || bad "--nodes: expected 1 to 999, found $nodes"
[[ $kill_every =~ ^([1-9][0-9]*)?$ ]] || bad "--kill-every: expected whole seconds, found $kill_every"
[ -z "$nodes" ] || [ -n "$out" ] || bad "--nodes: expected --out DIR, a folder that all nodes see, found none"
[ -n "$nodes" ] || { [ ${#kills[@]} -eq 0 ] && [ -z "$kill_every$scenario" ]; } ||
  bad "--kill, --kill-every, --scenario: expected --nodes with them, found none"
[ -n "$nodes" ] || [ -z "$host" ] || bad "--host: expected --nodes with it, found none"
[ -z "$scenario" ] || [ -z "$kill_every" ] || bad "--scenario: expected without --kill-every (a scenario has rates of its own), found both"
declare -A kill_at=()
for kill in ${kills[@]+"${kills[@]}"}; do
  [[ $kill =~ ^([1-9][0-9]*)@(.+)$ ]] && [ "${BASH_REMATCH[1]}" -le "$nodes" ] ||
    bad "--kill: expected NODE@ITERATION[:MOMENT] with a node of 1 to $nodes, found $kill"
  [ -z "${kill_at[${BASH_REMATCH[1]}]-}" ] || bad "--kill: expected at most one for each node, found $kill too"
  kill_at[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}
done

# ---------------------------------------------------------------------------------------------------------------------
# Build, unless nothing has changed since this script built last: a build that has nothing to do takes seconds, too.

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
binary=$program/bin/Release/net10.0/pipeline-robustness.dll
built=$program/obj/run-cluster.built

# What the last build left behind; another command's build may have replaced it since.
outputs() { stat -c '%n %y' "$binary" "${binary%.dll}.deps.json"; }

is_built() {
  { outputs | cmp "$built"; } >/dev/null 2>&1 &&
    [ -z "$(find "$root/src" "$root/hocon" \( -name bin -o -name obj \) -prune -o -newer "$built" -print -quit)" ]
}

build() {
  $quiet || say "building; the first time takes minutes, to download packages from NuGet"
  local build signal
  : >"$scratch/began"
  # One build at a time: another one of this script would write to the same files. The servers that a build leaves behind hold no lock.
  setsid flock --close "$program" dotnet build -c Release --nologo "$program" >"$scratch/build" 2>&1 &
  build=$!
  for signal in HUP:129 INT:130 QUIT:131 TERM:143; do
    trap "kill -- -$build 2>/dev/null; exit ${signal#*:}" "${signal%:*}"
  done
  if ! wait "$build"; then
    show "$scratch/build"
    exit 1
  fi
  trap - HUP INT QUIT TERM
  # As old as the build's beginning: what changed while it ran is newer. Without the file, the next script builds.
  { outputs >"$scratch/outputs" && touch -r "$scratch/began" "$scratch/outputs" && mv "$scratch/outputs" "$built"; } 2>/dev/null || true
}

is_built || build

# ---------------------------------------------------------------------------------------------------------------------
# One process. `exec` without `dotnet run`, so that signals reach the program, and its exit code (0 done, 1 a run failed,
# 2 bad settings, 130 interrupted) is ours.

if [ -z "$nodes" ]; then
  rm -rf "$scratch"
  exec dotnet "$binary" run "${rest[@]}"
fi

# ---------------------------------------------------------------------------------------------------------------------
# The scenario, if any. What cannot be injected into real processes is refused before anything starts. The record of
# injections belongs to this experiment; when it is resumed, nothing is injected a second time.

notes=$out/struck
if [ -n "$scenario" ]; then
  dotnet "$binary" scenario "$scenario" --processes >"$scratch/scenario" || exit 2
  $quiet || show "$scratch/scenario"
  mkdir -p "$notes"
  # The nodes lock the folder when they begin to write; until then, and while they do, no other script may touch its record.
  exec 8>>"$out/.pipeline-robustness.script.lock"
  lock=$out/.pipeline-robustness.lock
  flock --nonblock 8 && { [ ! -e "$lock" ] || flock --shared --nonblock "$lock" true; } ||
    bad "--out: expected a folder that no other process writes to, found $out in use"
  rm -rf "$notes/server" "$notes"/process-*
  $resume || rm -f "$notes/began" "$notes"/event-*
  # A record of another scenario is an error (exit code 2); that an event is still to come (3) is not.
  dotnet "$binary" scenario "$scenario" --struck "$out" >"$scratch/struck" 2>"$scratch/foreign" || [ $? -ne 2 ] ||
    { show "$scratch/foreign" && exit 2; }
fi

# ---------------------------------------------------------------------------------------------------------------------
# Nodes: each on a free port of the loopback, or of --host, with its name before its lines. The first founds the cluster, each later one
# joins any that is alive. When this script ends, however it does, its children end.

if $json; then
  rest_of=()
  for argument in "${rest[@]}"; do [ "$argument" = --json ] || rest_of+=("$argument"); done
  rest=("${rest_of[@]}")
  exec 3>&1 1>&2
fi

declare -A name_of=() port_of=() killed=() died=()
last=0 code=0 count=0 joined=0 timer='' over=false

# An address of IPv6 stands in brackets before a port, and nowhere else.
host=${host:-127.0.0.1} host=${host#[} host=${host%]}
place=$host
[[ $host != *:* ]] || place="[$host]"

free_port() {
  local port
  while port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000)); do
    (exec 4<>"/dev/tcp/$host/$port") 2>/dev/null || break
  done
  echo "$port"
}

start_node() {
  local number=$((++last)) port seeds=() pid
  local name=node-$number
  port=$(free_port)
  for pid in "${!port_of[@]}"; do seeds+=(--seed-node "$place:${port_of[$pid]}"); done
  local own=(--name "$name" --host "$host" --port "$port" --nodes "$nodes" --ready-file "$scratch/$name" "${seeds[@]}")
  [ -z "${kill_at[$number]-}" ] || own+=(--kill-at "${kill_at[$number]}")
  [ -z "$scenario" ] || own+=(--scenario "$scenario")
  # In a session of their own, nodes get each signal once, from this script: Ctrl-C in a terminal would reach them a second time.
  # A shell's background children would ignore SIGINT and SIGQUIT. The process that prefixes a node's lines outlives it.
  setsid env --default-signal=INT,QUIT dotnet "$binary" node "${rest[@]}" "${own[@]}" 8>&- \
    > >(trap '' HUP INT QUIT TERM; exec sed -u "s/^/[$name] /" 8>&- 2>/dev/null) \
    2> >(trap '' HUP INT QUIT TERM; exec sed -u "s/^/[$name] /" >&2 8>&- 2>/dev/null) &
  name_of[$!]=$name port_of[$!]=$port
}

end_nodes() {
  [ ${#name_of[@]} -eq 0 ] || { kill -KILL "${!name_of[@]}" && wait "${!name_of[@]}"; } 2>/dev/null || true
  [ -z "$timer" ] || kill "$timer" 2>/dev/null || true
  rm -rf "$scratch"
}
trap end_nodes EXIT
signal_nodes() { [ ${#name_of[@]} -eq 0 ] || kill "$1" "${!name_of[@]}" 2>/dev/null || true; }
# A second Ctrl-C or SIGTERM ends the nodes at once; a second SIGHUP does not, since a terminal that is closed may send two.
trap 'over=true; signal_nodes -INT' INT TERM
trap '$over || { over=true; signal_nodes -INT; }' HUP
trap 'exit 131' QUIT
# Ctrl-Z, which does not reach the nodes: they have no terminal. SIGCONT continues this script, and then them.
trap 'signal_nodes -STOP; kill -STOP $$; signal_nodes -CONT' TSTP

# Kills nothing while fewer than two other nodes (of two nodes, one) have joined: some must be left to recover.
kill_one() {
  local pids=("${!name_of[@]}") pid left=0
  local victim=${pids[RANDOM % ${#pids[@]}]}
  for pid in "${pids[@]}"; do
    [ "$pid" = "$victim" ] || [ ! -e "$scratch/${name_of[$pid]}" ] || left=$((left + 1))
  done
  if [ $left -lt $((nodes > 2 ? 2 : nodes - 1)) ]; then
    start_timer
    return
  fi
  pid=$victim
  count=$((count + 1))
  $quiet || say "kill $count: ${name_of[$pid]}"
  killed[$pid]=true
  kill -KILL "$pid" 2>/dev/null || true
}

start_timer() {
  [ -n "$kill_every$scenario" ] && ! $over || return 0
  sleep "${kill_every:-0.5}" &
  timer=$!
}

# Whether an event of the scenario was injected into this node, of this kind or of any.
injected() { grep -qsxF -- "$1" "$notes"/event-*"${2-}"*; }

# Nodes that join in the course of a scenario are started here.
count_joins() { find "$notes" -name 'event-*-join*' | wc -l; }

start_joining_nodes() {
  local wanted
  wanted=$(count_joins)
  while [ $joined -lt "$wanted" ]; do
    joined=$((joined + 1))
    start_node
  done
}

is_done() { grep -qs '^  "status": "done"' "$out/experiment.json"; }

[ -z "$scenario" ] || joined=$(count_joins)
for _ in $(seq "$nodes"); do $over || start_node; done
start_timer

# ---------------------------------------------------------------------------------------------------------------------
# Wait for the last node. Our exit code is their highest; that of a node that was killed on purpose does not count, nor that of one that
# was quarantined.

while [ ${#name_of[@]} -gt 0 ]; do
  ended='' ended_with=0
  # Without 2>/dev/null the shell would report every kill.
  wait -n -p ended "${!name_of[@]}" ${timer:+"$timer"} 2>/dev/null || ended_with=$?
  if [ -z "${ended-}" ]; then
    # A signal came, and was passed on; or a node ended while the shell was not waiting, and its end was recorded.
    for pid in "${!name_of[@]}" $timer; do kill -0 "$pid" 2>/dev/null || ended=$pid; done
    [ -n "${ended-}" ] || continue
    ended_with=0
    wait "$ended" 2>/dev/null || ended_with=$?
  fi
  if [ "$ended" = "$timer" ]; then
    timer=''
    if [ -n "$scenario" ]; then
      $over || start_joining_nodes
      start_timer
    else
      kill_one
    fi
    continue
  fi
  name=${name_of[$ended]}
  unset "name_of[$ended]" "port_of[$ended]"
  if [ $ended_with -eq 137 ] && { [ -n "${killed[$ended]-}" ] || [ -n "${kill_at[${name#node-}]-}" ]; }; then
    died[$name]=true
    if [ -n "${killed[$ended]-}" ] && ! $over; then
      start_node
      start_timer
    fi
    continue
  fi
  if [ -n "$scenario" ]; then
    # The scenario killed it, or made it leave.
    [ $ended_with -ne 137 ] || ! injected "$name" || continue
    [ $ended_with -ne 0 ] || is_done || ! injected "$name" -leave || continue
  fi
  if [ $ended_with -eq 8 ]; then
    # The others continue; while nodes are killed, a new one takes its place.
    [ -z "$kill_every" ] || [ ${#name_of[@]} -eq 0 ] || $over || is_done || start_node
    continue
  fi
  if [ $ended_with -eq 6 ] && [ -n "$kill_every$scenario" ] && [ ${#name_of[@]} -gt 0 ]; then
    # Deaths and silence left a healthy node in a minority: a new node takes its place too.
    $over || is_done || start_node
    continue
  fi
  # A node that got SIGTERM before it handled signals has no exit code of its own either.
  ! { $over && [ -n "$kill_every$scenario" ] && [ $ended_with -eq 143 ]; } || continue
  [ $ended_with -le $code ] || code=$ended_with
  if [ -n "$kill_every$scenario" ] && ! $over; then
    # The experiment is over: no more kills, and nodes that are still joining have nothing to join.
    over=true
    [ ${#name_of[@]} -eq 0 ] || kill -TERM "${!name_of[@]}" 2>/dev/null || true
  fi
done

[ -z "$kill_every" ] || $quiet || say "$count kills"
for number in "${!kill_at[@]}"; do
  [ -n "${died[node-$number]-}" ] || say "run-cluster.sh: --kill $number@${kill_at[$number]}: node-$number never reached it"
done
if [ $code -eq 0 ] && ! is_done; then
  say "run-cluster.sh: $out/experiment.json: expected every run done, found otherwise"
  code=1
fi
# After bad settings nothing can have been injected.
if [ -n "$scenario" ] && [ $code -ne 2 ]; then
  dotnet "$binary" scenario "$scenario" --struck "$out" >"$scratch/struck" || [ $code -ne 0 ] || code=3
  $quiet || show "$scratch/struck"
fi
if $json && [ -e "$out/experiment.json" ]; then cat "$out/experiment.json" >&3 || [ $code -ne 0 ] || code=1; fi
exit $code
