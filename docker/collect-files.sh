#!/bin/sh
# Copies programs, and all they need at run time, to a directory that becomes an image's root: their libraries, what links
# lead to, and the records by which image scanners know the Debian packages they come from. So the image has neither a
# shell nor a package manager.
#
# usage: collect-files.sh DIRECTORY FILE...
set -eu
root=$1
shift
mkdir -p "$root"

# /lib and its like are links since Debian merged them into /usr.
for dir in bin lib lib64 sbin; do
  if [ -L "/$dir" ]; then cp -a "/$dir" "$root/"; fi
done

packages=
while [ $# -gt 0 ]; do
  dir=$(realpath "$(dirname "$1")")
  path=$dir/$(basename "$1")
  shift
  if [ -e "$root$path" ] || [ -L "$root$path" ]; then continue; fi
  mkdir -p "$root$dir"
  if [ -d "$path" ] && [ ! -L "$path" ]; then
    mkdir "$root$path"
    set -- "$@" "$path"/*
    continue
  fi
  cp -a "$path" "$root$path"
  # Before the merge into /usr a package's list of files named some of them without it.
  packages="$packages $(dpkg -S "$path" "${path#/usr}" 2>/dev/null | cut -d: -f1)"
  if [ -L "$path" ]; then
    target=$(readlink "$path")
    case $target in /*) ;; *) target=$dir/$target ;; esac
    set -- "$@" "$target"
  else
    # One argument a library; nothing for what is no program.
    set -- "$@" $(ldd "$path" 2>/dev/null | grep -o '/[^ ]*')
  fi
done

mkdir -p "$root/var/lib/dpkg/status.d"
for package in $(printf '%s\n' $packages | sort -u); do
  dpkg-query --status "$package" >"$root/var/lib/dpkg/status.d/$package"
  mkdir -p "$root/usr/share/doc/$package"
  cp -L "/usr/share/doc/$package/copyright" "$root/usr/share/doc/$package/"
done
mkdir -p "$root/etc"
cp -a /etc/os-release "$root/etc/"
cp -a /usr/lib/os-release "$root/usr/lib/"

# What the C library looks users, groups and hosts up in.
cat >"$root/etc/passwd" <<PASSWD
root:x:0:0:root:/:/sbin/nologin
rolecall:x:65532:65532:rolecall:/:/sbin/nologin
PASSWD
printf 'root:x:0:\nrolecall:x:65532:\n' >"$root/etc/group"
printf 'passwd: files\ngroup: files\nhosts: files dns\n' >"$root/etc/nsswitch.conf"
