# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hosts are made of: releases, packages, settings; and the hash that names an image of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

__all__ = ["RELEASES", "Release", "image_tag", "provision_script"]

PACKAGES = (
    "acl",
    "ca-certificates",
    "dbus",
    "iproute2",
    "libisal2",
    "locales",
    "lz4",
    "openssh-server",
    "procps",
    "python3",
    "python3-apt",
    "python3-psycopg2",
    "sudo",
    "systemd",
    "systemd-sysv",
    "zstd",
)

# For tests/benchmark/against_pgbackrest.
MEASURED_AGAINST = ("pgbackrest",)
# For the scenario attacks.
TRACED_BY = ("strace",)

# The clusters are made when a host is prepared: an image's would give the same system identifier to each of its hosts.
PROVISION = r"""
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d
printf 'force-unsafe-io\n' > /etc/dpkg/dpkg.cfg.d/unsafe-io
printf 'Acquire::Check-Valid-Until "false";\nAcquire::Languages "none";\n' > /etc/apt/apt.conf.d/90hosts
printf 'path-exclude /usr/share/doc/*\npath-exclude /usr/share/man/*\n' > /etc/dpkg/dpkg.cfg.d/small
apt-get update -q
apt-get install -q -y --no-install-recommends {packages}
apt-get install -q -y --no-install-recommends postgresql-common
sed -i 's/^#*create_main_cluster = .*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
grep -q '^create_main_cluster = false' /etc/postgresql-common/createcluster.conf
apt-get install -q -y --no-install-recommends postgresql-{version}
{older}printf 'en_US.UTF-8 UTF-8\n' > /etc/locale.gen; locale-gen
useradd --create-home --shell /bin/bash ops
passwd --lock ops >/dev/null
install -d -o ops -g ops -m 700 /home/ops/.ssh
printf '%s\n' '{public_key}' > /home/ops/.ssh/authorized_keys
chown ops:ops /home/ops/.ssh/authorized_keys; chmod 600 /home/ops/.ssh/authorized_keys
printf 'ops ALL=(ALL) NOPASSWD: ALL\n' > /etc/sudoers.d/ops; chmod 440 /etc/sudoers.d/ops
# Each host makes its own at its first start.
rm -f /etc/ssh/ssh_host_*
mkdir -p /etc/systemd/system/ssh.service.d
printf '[Service]\nExecStartPre=\nExecStartPre=/usr/bin/ssh-keygen -A\nExecStartPre=/usr/sbin/sshd -t\n' \
  > /etc/systemd/system/ssh.service.d/host-keys.conf
printf 'UseDNS no\nPasswordAuthentication no\n' > /etc/ssh/sshd_config.d/hosts.conf
: > /etc/machine-id
# What a container cannot do, or what only delays a host that lives for minutes.
systemctl mask systemd-udevd.service systemd-logind.service systemd-logind-varlink.socket \
  systemd-networkd.service systemd-resolved.service systemd-remount-fs.service systemd-binfmt.service \
  systemd-modules-load.service systemd-firstboot.service dev-hugepages.mount sys-fs-fuse-connections.mount \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer getty.target \
  console-getty.service
systemctl enable ssh.service
systemctl set-default multi-user.target
rm -f /usr/sbin/policy-rc.d /etc/dpkg/dpkg.cfg.d/unsafe-io
apt-get clean
rm -rf /var/lib/apt/lists/*
"""

# A host that has been upgraded has the programs of two versions; the older ones come from the release before.
OLDER = r"""
for source in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
  if [ -e "$source" ]; then
    sed 's/\b{name}\b/{older_release}/g' "$source" > "/etc/apt/sources.list.d/older.${source##*.}"
  fi
done
apt-get update -q
apt-get install -q -y --no-install-recommends postgresql-{older_version}
rm /etc/apt/sources.list.d/older.*
"""


@dataclass(frozen=True)
class Release:
    """A Debian release with its PostgreSQL, and that of an older release beside it where one is named.

    ``debootstrap_script`` is for releases whose name debootstrap may not know. ``more_packages`` are installed beside
    those that every host has.
    """

    name: str
    postgresql_version: int
    debootstrap_script: str
    older_release: str = ""
    older_version: int = 0
    more_packages: tuple[str, ...] = ()


RELEASES = {
    release.name: release
    for release in (
        Release(name="bookworm", postgresql_version=15, debootstrap_script="bookworm"),
        Release(
            name="trixie",
            postgresql_version=17,
            debootstrap_script="trixie",
            older_release="bookworm",
            older_version=15,
            more_packages=(*MEASURED_AGAINST, *TRACED_BY),
        ),
        Release(name="forky", postgresql_version=18, debootstrap_script="trixie", more_packages=MEASURED_AGAINST),
    )
}


def provision_script(release: Release, *, public_key: str) -> str:
    """The shell script that makes a bare Debian a test host; it runs inside of it, as root."""
    script = PROVISION
    for name, value in (
        ("older", OLDER if release.older_release else ""),
        ("older_release", release.older_release),
        ("older_version", str(release.older_version)),
        ("name", release.name),
        ("packages", " ".join((*PACKAGES, *release.more_packages))),
        ("version", str(release.postgresql_version)),
        ("public_key", public_key),
    ):
        script = script.replace("{" + name + "}", value)
    return script


def image_tag(release: Release, *, public_key: str) -> str:
    """The name of the image: another one as soon as anything it is made of differs."""
    recipe = f"{release}\n{provision_script(release, public_key=public_key)}"
    return f"localhost/pitr-host-{release.name}:{hashlib.sha256(recipe.encode()).hexdigest()[:16]}"
