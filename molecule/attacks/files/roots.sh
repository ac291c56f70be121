#!/bin/sh
# Names, owners, modes, sizes and contents of what is root's, and the processes of services. Left out is what the playbooks
# change: their program, its configuration, the repository and its units.
set -eu
cd /
find etc usr opt ! -path 'etc/pgpitr*' ! -path 'usr/local/bin*' ! -path 'etc/postgresql/*' ! -path 'etc/systemd/system*' ! -path etc \
  -printf '%p %y %U %G %m %n %s %l\n' | sort >"$1"
find etc/pam.d etc/cron.d etc/attacked etc/sudoers.d etc/passwd etc/shadow -type f -exec sha256sum {} + | sort >>"$1"
ls etc | grep -v pgpitr >>"$1"
systemctl show --property=Id,MainPID,ActiveState ssh.service systemd-journald.service dbus.service stranger.service | grep . >>"$1"
