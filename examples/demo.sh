#!/bin/sh
# The question of the README, answered. Usage: demo.sh TRAINCAST
set -eu
cd "$(dirname "$0")/.."
traincast=$1

say() { printf '\n\n$ traincast %s\n\n' "$*"; }

say 'predict examples/gpt-40m.toml --on "RTX 4070"'
"$traincast" predict examples/gpt-40m.toml --on "RTX 4070"

say 'read tests/logs/nanogpt-cpu.log'
"$traincast" read tests/logs/nanogpt-cpu.log

printf '\n\nThe same log when a tenth of it was written:\n'
say 'forecast -   (the first lines, piped)'
head -n "$(($(wc -l <tests/logs/nanogpt-cpu.log) / 10))" tests/logs/nanogpt-cpu.log | "$traincast" forecast -

say 'audit --claim "100 ms an iteration" --workload examples/gpt-40m.toml --on "RTX 4070"'
"$traincast" audit --claim "100 ms an iteration" --workload examples/gpt-40m.toml --on "RTX 4070"
