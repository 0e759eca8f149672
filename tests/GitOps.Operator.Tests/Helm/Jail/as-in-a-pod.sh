#!/bin/sh
# Runs a program as a Pod with "restricted" Pod security has it: a user without capabilities who cannot get any, and, where mounts
# can be made, nothing to write to but an empty /tmp.
#   as-in-a-pod.sh DOTNET_ROOT TESTS HELM [NAME=VALUE...] PROGRAM ARGUMENT...
# DOTNET_ROOT, TESTS (a directory) and HELM are found at /mnt/dotnet, /mnt/tests and /mnt/helm then, so that it does not matter where
# they are and who may go there. In the other arguments @DOTNET@, @TESTS@ and @HELM@ stand for where they are.
set -eu

if [ "${AS_IN_A_POD:-}" != mounted ]; then
  script=$(readlink -f "$0")
  if [ "$(id -u)" -ne 0 ]; then
    # Whoever may not become root is close to it already.
    sudo -n true 2>/dev/null && exec sudo -n "$script" "$@"
    AS_IN_A_POD=user
  elif unshare --mount true 2>/dev/null; then
    AS_IN_A_POD=mounted exec unshare --mount --propagation private "$script" "$@"
  else
    AS_IN_A_POD=root
  fi
fi

dotnet=$1 tests=$2 helm=$3
shift 3
if [ "$AS_IN_A_POD" = mounted ]; then
  mount -t tmpfs -o size=1m,mode=755 none /mnt
  mkdir /mnt/dotnet /mnt/tests
  touch /mnt/helm
  mount --bind "$dotnet" /mnt/dotnet
  mount --bind "$tests" /mnt/tests
  mount --bind "$helm" /mnt/helm
  dotnet=/mnt/dotnet tests=/mnt/tests helm=/mnt/helm
  cd /
  mount -t tmpfs -o size=1g,mode=1777,nosuid,nodev none /tmp
  for directory in / /mnt /mnt/dotnet /mnt/tests /mnt/helm; do
    mount -o remount,bind,ro "$directory"
  done
fi

count=$#
while [ "$count" -gt 0 ]; do
  argument=$(printf '%s' "$1" | sed "s|@DOTNET@|$dotnet|g; s|@TESTS@|$tests|g; s|@HELM@|$helm|g")
  shift
  set -- "$@" "$argument"
  count=$((count - 1))
done

if [ "$AS_IN_A_POD" = user ]; then
  exec setpriv --no-new-privs env -i PATH="$PATH" "$@"
fi

exec setpriv --reuid 1654 --regid 1654 --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all env -i PATH=/usr/local/bin:/usr/bin:/bin "$@"
