#!/usr/bin/env bash
# Storms of kills, and a check that they change nothing. For each seed, an experiment runs in one process, and then in four, of
# which a random one is killed every few seconds and replaced. Weights and states must be equal, and every iteration, verdict
# and evaluation recorded once, with the same numbers.
#
#   tests/kill-storm.sh OUT FIRST-SEED LAST-SEED [SECONDS] [ITERATIONS]
#
# Prints a row of the table in docs/recovery.md per seed. Ends with 1 at the first seed that differs; its files stay in OUT.
# Run one storm at a time: of two, one could take the port of a node of the other that has just been killed.

set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
if [ $# -lt 3 ]; then
  sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
  exit 2
fi
out=$1 first=$2 last=$3 every=${4:-3} iterations=${5:-120}
mkdir -p "$out"

experiment() {
  cat <<END
seed = $1
model.preset = gpt2-nano
pipeline.stages = 4
training { iterations = $iterations, micro-batches = 4, sequence-length = 32 }
data.corpus = embedded
evaluation.windows = 40
checkpoint.every = 20
attack.forward = { kind = sign-flip, rate = 0.3 }
defence { remedy = substitute, copies = ring }
runs = [
  { name = first }
  { name = second, from = first }
  { name = third, defence.remedy = restart }
]
END
}

hashes() { grep -E '"(weights|state)Sha256"' "$1/experiment.json"; }
# The events that must not depend on the kills: without durations and refetched copies.
events() {
  grep -E '"event":"(iteration|verdict|evaluation)"' "$1/events.jsonl" | sed -E 's/,"seconds":[^,}]*//; s/,"refetched":\[[^]]*\]//' | sort
}

total=0
for seed in $(seq "$first" "$last"); do
  of=$out/$seed
  rm -rf "$of" && mkdir -p "$of"
  experiment "$seed" >"$of/storm.conf"
  "$root/run-cluster.sh" "$of/storm.conf" --out "$of/one" --quiet
  started=$SECONDS code=0
  "$root/run-cluster.sh" --nodes 4 --kill-every "$every" "$of/storm.conf" --out "$of/four" >"$of/log" 2>&1 || code=$?
  kills=$(grep -c '^kill ' "$of/log" || true) took=$((SECONDS - started)) ended=equal
  [ $code -eq 0 ] && [ "$(hashes "$of/one")" = "$(hashes "$of/four")" ] &&
    [ -n "$(events "$of/one")" ] && [ "$(events "$of/one")" = "$(events "$of/four")" ] || ended="DIFFERS (exit code $code)"
  total=$((total + kills))
  echo "| $seed | $every s | $kills | $took s | $ended |"
  [ "$ended" = equal ] || exit 1
done
echo "$total kills"
