#!/usr/bin/env bash
# Asterisk 22 in a folder of its own, for the tests of the telephone door (tests/phone/) and for trying
# it out. Debian's stable release has no Asterisk package, its unstable suite has; so a small Debian
# with nothing but Asterisk is unpacked beside the system, from the same mirror the system uses.
#
#   tools/asterisk_chroot.sh [FOLDER]        default var/asterisk; needs root and mmdebstrap
#
# A second call finds it there and does nothing. About 90 s and 350 MB the first time.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-var/asterisk}
stamp=$folder/.made-from
recipe=$(sha256sum "$0" | cut -d' ' -f1)

if [ "$(cat "$stamp" 2>/dev/null)" = "$recipe" ]; then
  echo "Asterisk is in $folder already"
  exit 0
fi
if [ "$(id -u)" != 0 ]; then
  echo "$0: only root can make a chroot; call it with sudo" >&2
  exit 1
fi
if ! command -v mmdebstrap >/dev/null; then
  echo "$0: mmdebstrap is missing; apt-get install mmdebstrap" >&2
  exit 1
fi

# Where this machine gets its own packages: the first source of Debian's main archive.
mirror=$(apt-get indextargets --format '$(REPO_URI) $(COMPONENT)' 'Identifier: Packages' |
  awk '$2 == "main" && $1 ~ /\/debian\/?$/ { print $1; exit }')
if [ -z "$mirror" ]; then
  echo "$0: apt knows no Debian mirror here ('apt-get indextargets' names none)" >&2
  exit 1
fi
key=/usr/share/keyrings/debian-archive-keyring.gpg

# Made beside its place and moved there when whole: one that was interrupted is never used.
new=$folder.new
rm -rf "$new"
mkdir -p "$(dirname "$folder")"
echo "unpacking Asterisk from $mirror into $folder"
mmdebstrap --quiet --variant=apt \
  --aptopt='Acquire::Check-Valid-Until false' \
  --aptopt='APT::Install-Recommends false' \
  --dpkgopt='force-unsafe-io' \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --include=asterisk,asterisk-modules,asterisk-config,ca-certificates \
  --keyring="$key" \
  sid "$new" "deb [signed-by=$key] $mirror sid main"
rm -rf "$new"/var/lib/apt/lists/* "$new"/var/cache/apt/*.bin
echo "$recipe" >"$new/.made-from"
rm -rf "$folder"
mv "$new" "$folder"
chroot "$folder" /usr/sbin/asterisk -V
