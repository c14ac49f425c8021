#!/usr/bin/env bash
# Trains through the pipeline, attacks it, defends it: one experiment file, one command.
#
#   ./run-cluster.sh                                     the quickstart, in one process
#   ./run-cluster.sh hocon/quickstart.conf --seed 11     any experiment file, with any option of `run`
#   ./run-cluster.sh --help                              these lines, and the options of `run`
#
# Files are looked for from where you stand, results go there too.

set -euo pipefail
root=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
program=$root/src/PipelineRobustness.Cli

# ---------------------------------------------------------------------------------------------------------------------
# What is asked for: an experiment file (the quickstart where none is named) and options, which are handed on as they are.

named=false quiet=false
for argument in "$@"; do
  case $argument in
    -h | --help)
      sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
      exec dotnet run -c Release --project "$program" -- run --help
      ;;
    --nodes | --nodes=*)
      echo "run-cluster.sh: --nodes: spreading a run over several processes is not there yet; leave it out to run in one" >&2
      exit 2
      ;;
    --quiet) quiet=true ;;
    -* | *=*) ;;
    *.conf) named=true ;;
  esac
done
if [ $# -eq 0 ] || { [[ $1 == -* ]] && ! $named; }; then
  set -- "$root/hocon/quickstart.conf" "$@"
fi

# ---------------------------------------------------------------------------------------------------------------------
# Build, and run. Not by `dotnet run`, and with `exec`: signals reach the program, and the exit code (0 done, 1 a run
# failed, 2 bad settings, 130 interrupted) is its own.

$quiet || echo "building; the first time that takes minutes, since packages come from NuGet" >&2
if ! told=$(dotnet build -c Release --nologo "$program" 2>&1); then
  echo "$told" >&2
  exit 1
fi
exec dotnet "$program/bin/Release/net10.0/pipeline-robustness.dll" run "$@"
