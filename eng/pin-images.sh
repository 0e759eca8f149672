#!/usr/bin/env bash
# Puts the digests that the registries answer now behind the tags of the Dockerfile's images, in place of older ones:
#   eng/pin-images.sh [DOCKERFILE]
# Needs docker with buildx, and the registries. A digest names the image of all architectures.
set -euo pipefail

file=${1:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/Dockerfile}

mapfile -t lines < <(grep -E '^ARG [A-Z]+_IMAGE=' "$file")
if [ ${#lines[@]} -eq 0 ]; then
  echo "pin-images: no line 'ARG NAME_IMAGE=…' in $file" >&2
  exit 1
fi

for line in "${lines[@]}"; do
  name=${line#ARG } name=${name%%=*}
  image=${line#*=} image=${image%%@*}
  digest=$(docker buildx imagetools inspect "$image" --format '{{.Manifest.Digest}}')
  if [[ ! $digest =~ ^sha256:[0-9a-f]{64}$ ]]; then
    echo "pin-images: no digest of $image: '$digest'" >&2
    exit 1
  fi
  sed -i "s|^ARG $name=.*|ARG $name=$image@$digest|" "$file"
  echo "$image@$digest"
done
