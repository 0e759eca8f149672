#!/usr/bin/env bash
# Makes the files of a release:
#   eng/package.sh VERSION IMAGE DIGEST DIRECTORY
# The chart, with that image as its default; install.yaml, what it renders to without values of anybody's, and its namespace; crds.yaml;
# checksums.txt over all of them. HELM names the helm program.
set -euo pipefail

if [ $# -ne 4 ]; then
  echo "usage: eng/package.sh VERSION IMAGE DIGEST DIRECTORY" >&2
  exit 2
fi
version=$1 image=$2 digest=$3 directory=$4
helm=${HELM:-helm}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

if [[ ! $digest =~ ^sha256:[0-9a-f]{64}$ ]]; then
  echo "package: '$digest' is no digest (sha256:…)" >&2
  exit 2
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R "$root/deploy/helm/gitops-operator" "$work/"
chart=$work/gitops-operator
sed -i "s|^  registry: .*|  registry: ${image%%/*}|; s|^  repository: .*|  repository: ${image#*/}|; s|^  digest: .*|  digest: $digest|" "$chart/values.yaml"

mkdir -p "$directory"
"$helm" package "$chart" --version "$version" --app-version "$version" --destination "$directory" >&2
package=$directory/gitops-operator-$version.tgz
{
  printf 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: gitops-system\n  labels:\n    pod-security.kubernetes.io/enforce: restricted\n'
  "$helm" template gitops-operator "$package" --namespace gitops-system --include-crds --skip-tests
} > "$directory/install.yaml"
if ! grep -qF "$image@$digest" "$directory/install.yaml"; then
  echo "package: the chart does not use $image@$digest" >&2
  exit 1
fi

for file in "$root"/crds/*.yaml; do
  echo ---
  cat "$file"
done > "$directory/crds.yaml"

(cd "$directory" && sha256sum "gitops-operator-$version.tgz" install.yaml crds.yaml > checksums.txt)
