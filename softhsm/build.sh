#!/bin/sh
# Builds the program into dist/: what the sources become, and the ceremony scripts that it reads beside them.
set -eu
cd "$(dirname "$0")/.."
node_modules/.bin/node node_modules/typescript/bin/tsc -p src/tsconfig.build.json
mkdir -p dist/src/ceremony/scripts
cp src/ceremony/scripts/*.yaml dist/src/ceremony/scripts/
