#!/usr/bin/env bash
# Storms of kills, and whether they leave a trace: for every seed one experiment runs in one process, then over four, of which
# a random one is killed every few seconds and replaced. Weights and states must be equal, and every iteration,
# verdict and evaluation told once, with the same numbers.
#
#   tests/kill-storm.sh OUT FIRST-SEED LAST-SEED [SECONDS] [ITERATIONS]
#
# Prints a row of the table of docs/recovery.md per seed. Ends with 1 at the first seed that differs; its files stay in OUT.
# One storm at a time: of two beside each other, one may take the port that a killed node of the other has just left.

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
# All that must not depend on who died: not how long it took, nor which copies were fetched anew.
told() {
  grep -E '"event":"(iteration|verdict|evaluation)"' "$1/events.jsonl" | sed -E 's/,"seconds":[^,}]*//; s/,"refetched":\[[^]]*\]//' | sort
}

total=0
for seed in $(seq "$first" "$last"); do
  of=$out/$seed
  rm -rf "$of" && mkdir -p "$of"
  experiment "$seed" >"$of/storm.conf"
  "$root/run-cluster.sh" "$of/storm.conf" --out "$of/one" --quiet
  began=$SECONDS code=0
  "$root/run-cluster.sh" --nodes 4 --kill-every "$every" "$of/storm.conf" --out "$of/four" >"$of/log" 2>&1 || code=$?
  kills=$(grep -c '^kill ' "$of/log" || true) took=$((SECONDS - began)) ended=equal
  [ $code -eq 0 ] && [ "$(hashes "$of/one")" = "$(hashes "$of/four")" ] &&
    [ -n "$(told "$of/one")" ] && [ "$(told "$of/one")" = "$(told "$of/four")" ] || ended="DIFFERS (exit code $code)"
  total=$((total + kills))
  echo "| $seed | $every s | $kills | $took s | $ended |"
  [ "$ended" = equal ] || exit 1
done
echo "$total kills"
