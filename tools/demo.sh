#!/bin/sh
# Builds smcache, compiles the source map of tests/example, and looks up the positions of a stack trace in it.
# What is missing on a Debian machine is installed first; elsewhere this says what to install.
set -eu

cd "$(dirname "$0")/.."
. tools/setup.sh

check_tools() {
    need 'gcc, a C compiler' has_program gcc
    need 'ninja 1.10 or later' has_program ninja
    need 'the headers of the C library' can_link gcc c
    need 'zlib, with zlib.h' can_link gcc c -include zlib.h -lz
    need 'libdeflate, with libdeflate.h' can_link gcc c -include libdeflate.h -ldeflate
    need 'xxhash.h, of xxHash 0.8 or later' has_headers gcc xxhash.h
}
setup check_tools gcc libc6-dev ninja-build zlib1g-dev libdeflate-dev libxxhash-dev

run() {
    printf '\n$ %s\n' "$*"
    "$@"
}

run ninja
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

run build/smcache build tests/example/dist/app.js.map -o "$folder/app.js.smcache"
run build/smcache info "$folder/app.js.smcache"

# The first rows of the table are the frames of the trace that `node dist/app.js --fail` prints.
positions=$(head -n 3 tests/example/expected.tsv | cut -f 1,2 | tr '\t' ':')
# shellcheck disable=SC2086 # one word a position
run build/smcache lookup "$folder/app.js.smcache" $positions -C 2
