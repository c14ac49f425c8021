#!/usr/bin/env bash
# Trains through the pipeline, attacks it, defends it: one experiment file, one command.
#
#   ./run-cluster.sh                                     the quickstart, in one process
#   ./run-cluster.sh hocon/quickstart.conf --seed 11     any experiment file, with any option of `run`
#   ./run-cluster.sh --nodes 4 FILE.conf --out DIR       the same over four processes of this machine: the same bits
#   ./run-cluster.sh --help                              these lines, and the options of `run`
#
# With --nodes also, to see it come through deaths:
#
#   --kill NODE@ITERATION[:MOMENT]   that node (counted from 1) sends itself SIGKILL there; repeatable. MOMENT is forward
#                                    (where none is given), backward, prepared or committed; iterations count from 0, and
#                                    it happens in the first run that comes there.
#   --kill-every SECONDS             from outside a random node, the server's included, gets SIGKILL and a new one takes its
#                                    place, over and over until the experiment ends.
#   --scenario NAME|FILE.conf        its events strike these processes: crash, pause, partition, ... at iterations or times
#                                    (docs/simulation.md). Each is noted in DIR/struck before it strikes; one that never did
#                                    fails the command with exit code 3.
#
# Files are looked for from where you stand, results go there too.

set -euo pipefail
root=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
program=$root/src/PipelineRobustness.Cli

bad() { echo "run-cluster.sh: $1" >&2; exit 2; }

# ---------------------------------------------------------------------------------------------------------------------
# What is asked for: an experiment file (the quickstart where none is named) and options. What is not named here is handed
# on as it is.

named=false quiet=false json=false nodes='' kills=() kill_every='' scenario='' resume=false out='' rest=()
while [ $# -gt 0 ]; do
  case $1 in
    --nodes=* | --kill=* | --kill-every=* | --scenario=* | --out=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;&
    --nodes | --kill | --kill-every | --scenario | --out) [ $# -ge 2 ] || bad "$1: expected a value, found none" ;;&
    -h | --help)
      sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
      exec dotnet run -c Release --project "$program" -- run --help
      ;;
    --nodes) nodes=${2:-none} && shift ;;
    --kill) kills+=("$2") && shift ;;
    --kill-every) kill_every=$2 && shift ;;
    --scenario) scenario=${2:-none} && shift ;;
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
# Over several processes: how many, and who is killed when.

[[ $nodes =~ ^([1-9][0-9]{0,2})?$ ]] || bad "--nodes: expected 1 to 999, found $nodes"
[[ $kill_every =~ ^([1-9][0-9]*)?$ ]] || bad "--kill-every: expected whole seconds, found $kill_every"
[ -z "$nodes" ] || [ -n "$out" ] || bad "--nodes: expected --out DIR, a folder that all nodes see, found none"
[ -n "$nodes" ] || { [ ${#kills[@]} -eq 0 ] && [ -z "$kill_every$scenario" ]; } ||
  bad "--kill, --kill-every, --scenario: expected --nodes with them, found none"
[ -z "$scenario" ] || [ -z "$kill_every" ] || bad "--scenario: expected without --kill-every (it has rates of its own), found both"
declare -A kill_at=()
for kill in ${kills[@]+"${kills[@]}"}; do
  [[ $kill =~ ^([1-9][0-9]*)@(.+)$ ]] && [ "${BASH_REMATCH[1]}" -le "$nodes" ] ||
    bad "--kill: expected NODE@ITERATION[:MOMENT] with a node of 1 to $nodes, found $kill"
  [ -z "${kill_at[${BASH_REMATCH[1]}]-}" ] || bad "--kill: expected one for each node, since a node dies but once, found $kill too"
  kill_at[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}
done

# ---------------------------------------------------------------------------------------------------------------------
# Build.

$quiet || echo "building; the first time that takes minutes, since packages come from NuGet" >&2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
dotnet build -c Release --nologo "$program" >"$scratch/build" 2>&1 &
build=$!
trap 'kill "$build" 2>/dev/null; exit 130' INT
trap 'kill "$build" 2>/dev/null; exit 143' TERM
if ! wait "$build"; then
  cat "$scratch/build" >&2
  exit 1
fi
trap - INT TERM
binary=$program/bin/Release/net10.0/pipeline-robustness.dll

# ---------------------------------------------------------------------------------------------------------------------
# One process: not by `dotnet run`, and with `exec`, so that signals reach the program, and the exit code (0 done, 1 a run
# failed, 2 bad settings, 130 interrupted) is its own.

if [ -z "$nodes" ]; then
  rm -rf "$scratch"
  exec dotnet "$binary" run "${rest[@]}"
fi

# ---------------------------------------------------------------------------------------------------------------------
# The scenario, if there is one: what no real process can suffer is refused before anything starts. Notes of what has struck
# are of this experiment alone; where it goes on, what has struck does not strike again.

notes=$out/struck
if [ -n "$scenario" ]; then
  dotnet "$binary" scenario "$scenario" --processes >"$scratch/scenario" || exit 2
  $quiet || cat "$scratch/scenario" >&2
  mkdir -p "$notes"
  rm -rf "$notes/server" "$notes"/process-*
  $resume || rm -f "$notes/began" "$notes"/event-*
  # Notes of another scenario are none of this one's (exit code 2); that something has not come yet (3) is in order.
  dotnet "$binary" scenario "$scenario" --struck "$out" >"$scratch/struck" 2>"$scratch/foreign" || [ $? -ne 2 ] ||
    { cat "$scratch/foreign" >&2 && exit 2; }
fi

# ---------------------------------------------------------------------------------------------------------------------
# Nodes: each on a free port of the loopback, its lines prefixed. The first founds the cluster, later ones ask all that live.
# Whatever ends this script ends its children.

if $json; then
  rest_of=()
  for argument in "${rest[@]}"; do [ "$argument" = --json ] || rest_of+=("$argument"); done
  rest=("${rest_of[@]}")
  exec 3>&1 1>&2
fi

declare -A name_of=() port_of=() killed=() died=()
last=0 code=0 count=0 joined=0 pause='' over=false

free_port() {
  local port
  while port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000)); do
    (exec 4<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}

start_node() {
  local number=$((++last)) port seeds=() pid
  local name=node-$number
  port=$(free_port)
  for pid in "${!port_of[@]}"; do seeds+=(--seed-node "127.0.0.1:${port_of[$pid]}"); done
  local own=(--name "$name" --host 127.0.0.1 --port "$port" --nodes "$nodes" --ready-file "$scratch/$name" "${seeds[@]}")
  [ -z "${kill_at[$number]-}" ] || own+=(--kill-at "${kill_at[$number]}")
  [ -z "$scenario" ] || own+=(--scenario "$scenario")
  # Signals come from here alone, once: Ctrl-C in a terminal would reach them too, and a shell's children in the background
  # would not hear SIGINT at all. What prefixes their lines outlives them.
  setsid env --default-signal=INT dotnet "$binary" node "${rest[@]}" "${own[@]}" \
    > >(trap '' INT TERM; exec sed -u "s/^/[$name] /") 2> >(trap '' INT TERM; exec sed -u "s/^/[$name] /" >&2) &
  name_of[$!]=$name port_of[$!]=$port
}

end_nodes() {
  [ ${#name_of[@]} -eq 0 ] || kill -KILL "${!name_of[@]}" 2>/dev/null || true
  [ -z "$pause" ] || kill "$pause" 2>/dev/null || true
  rm -rf "$scratch"
}
trap end_nodes EXIT
trap 'over=true; kill -INT "${!name_of[@]}" 2>/dev/null || true' INT TERM

# Not while fewer than two others were let in (of two nodes, one): where nobody is left there is nothing to come through.
kill_one() {
  local pids=("${!name_of[@]}") pid left=0
  local victim=${pids[RANDOM % ${#pids[@]}]}
  for pid in "${pids[@]}"; do
    [ "$pid" = "$victim" ] || [ ! -e "$scratch/${name_of[$pid]}" ] || left=$((left + 1))
  done
  if [ $left -lt $((nodes > 2 ? 2 : nodes - 1)) ]; then
    wait_a_while
    return
  fi
  pid=$victim
  count=$((count + 1))
  $quiet || echo "kill $count: ${name_of[$pid]}" >&2
  killed[$pid]=true
  kill -KILL "$pid" 2>/dev/null || true
}

wait_a_while() {
  [ -n "$kill_every$scenario" ] && ! $over || return 0
  sleep "${kill_every:-0.5}" &
  pause=$!
}

# Whether something of the scenario has struck a node, of the kind that is given or any.
struck() { grep -qsxF -- "$1" "$notes"/event-*"${2-}"*; }

# A scenario's nodes that join are started from here.
count_joins() { find "$notes" -name 'event-*-join*' | wc -l; }

let_join() {
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
wait_a_while

# ---------------------------------------------------------------------------------------------------------------------
# Until the last has ended. The worst exit code is ours; a node that was killed on purpose has none.

while [ ${#name_of[@]} -gt 0 ]; do
  ended='' ended_with=0
  # The shell would tell of every kill.
  wait -n -p ended "${!name_of[@]}" ${pause:+"$pause"} 2>/dev/null || ended_with=$?
  if [ -z "${ended-}" ]; then
    # A signal came, and was handed on; or the shell has already noted the end of one that it was not waiting for just then.
    for pid in "${!name_of[@]}" $pause; do kill -0 "$pid" 2>/dev/null || ended=$pid; done
    [ -n "${ended-}" ] || continue
    ended_with=0
    wait "$ended" 2>/dev/null || ended_with=$?
  fi
  if [ "$ended" = "$pause" ]; then
    pause=''
    if [ -n "$scenario" ]; then
      $over || let_join
      wait_a_while
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
      wait_a_while
    fi
    continue
  fi
  if [ -n "$scenario" ]; then
    # What the scenario did to it: killed it; had it leave; or cut it off, so that it comes back empty.
    [ $ended_with -ne 137 ] || ! struck "$name" || continue
    [ $ended_with -ne 0 ] || is_done || ! struck "$name" -leave || continue
    if [ $ended_with -eq 6 ] && [ ${#name_of[@]} -gt 0 ]; then
      $over || is_done || start_node
      continue
    fi
  fi
  # Who was asked to leave before it could hear of that has no code of its own either.
  ! { $over && [ -n "$kill_every$scenario" ] && [ $ended_with -eq 143 ]; } || continue
  [ $ended_with -le $code ] || code=$ended_with
  if [ -n "$kill_every$scenario" ] && ! $over; then
    # The experiment is over: nobody is killed any more, and who was about to join has nothing to join.
    over=true
    [ ${#name_of[@]} -eq 0 ] || kill -TERM "${!name_of[@]}" 2>/dev/null || true
  fi
done

[ -z "$kill_every" ] || $quiet || echo "$count kills" >&2
for number in "${!kill_at[@]}"; do
  [ -n "${died[node-$number]-}" ] || echo "run-cluster.sh: --kill $number@${kill_at[$number]}: node-$number never came there" >&2
done
if [ $code -eq 0 ] && ! is_done; then
  echo "run-cluster.sh: $out/experiment.json: expected every run done, found otherwise" >&2
  code=1
fi
# Where nodes refused what was set nothing could strike.
if [ -n "$scenario" ] && [ $code -ne 2 ]; then
  dotnet "$binary" scenario "$scenario" --struck "$out" >"$scratch/struck" || [ $code -ne 0 ] || code=3
  $quiet || cat "$scratch/struck" >&2
fi
if $json && [ -e "$out/experiment.json" ]; then cat "$out/experiment.json" >&3; fi
exit $code
