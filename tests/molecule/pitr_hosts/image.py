# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the image of a host: a bare Debian from debootstrap or a registry, and on it what a test host has."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from .apt import debian_source
from .errors import HostError
from .place import Place
from .podman import Podman
from .process import run, run_logged
from .recipe import RELEASES, Release, image_tag, provision_script

__all__ = ["ensure_images", "public_key"]

REGISTRY = "registry-1.docker.io"
REGISTRY_TIMEOUT_SECONDS = 3
BOOTSTRAP_TIMEOUT_SECONDS = 1200


def public_key(place: Place) -> str:
    """The public key of the login; made at the first call, kept in the cache."""
    with place.lock("key"):
        if not place.key.exists():
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ops", "-f", str(place.key)])
    return place.key.with_suffix(".pub").read_text(encoding="ascii").strip()


def registry_is_reachable() -> bool:
    """Whether a registry answers at once; ``PITR_HOSTS_REGISTRY=no`` answers for it."""
    if os.environ.get("PITR_HOSTS_REGISTRY", "") == "no":
        return False
    try:
        with socket.create_connection((REGISTRY, 443), timeout=REGISTRY_TIMEOUT_SECONDS):
            return True
    except OSError:
        return False


class ImageBuilder:
    """Builds one image; its output goes to a log in the cache."""

    def __init__(self, place: Place, *, podman: Podman, release: Release) -> None:
        self._place = place
        self._podman = podman
        self._release = release
        self._log = place.cache / "logs" / f"image-{release.name}.log"

    def build(self, *, from_registry: bool) -> str:
        """The tag of the image, which is there when this returns."""
        key = public_key(self._place)
        tag = image_tag(self._release, public_key=key)
        if self._podman.has_image(tag):
            return tag
        self._log.write_text("", encoding="utf-8")
        base = self._pulled_base() if from_registry else self._bootstrapped_base()
        self._provision(base, tag=tag, script=provision_script(self._release, public_key=key))
        return tag

    def _pulled_base(self) -> str:
        base = f"docker.io/library/debian:{self._release.name}-slim"
        self._podman.run_logged("pull", "-q", base, log_path=self._log, timeout_seconds=600)
        return base

    def _bootstrapped_base(self) -> str:
        base = f"localhost/pitr-base-{self._release.name}:latest"
        if self._podman.has_image(base):
            return base
        scratch = tempfile.mkdtemp(prefix=f"{self._release.name}-", dir=self._place.cache)
        try:
            root, archive = f"{scratch}/root", f"{scratch}/root.tar"
            script = f"/usr/share/debootstrap/scripts/{self._release.debootstrap_script}"
            run_logged(
                ["debootstrap", "--variant=minbase", self._release.name, root, debian_source(), script],
                log_path=self._log,
                timeout_seconds=BOOTSTRAP_TIMEOUT_SECONDS,
            )
            run_logged(["tar", "-C", root, "-cf", archive, "."], log_path=self._log, timeout_seconds=300)
            self._podman.run_logged("import", "-q", archive, base, log_path=self._log, timeout_seconds=300)
        finally:
            shutil.rmtree(scratch)
        return base

    def _provision(self, base: str, *, tag: str, script: str) -> None:
        name = f"build-{self._release.name}-{os.getpid()}"
        # The container uses the machine's own network and names, for packages come from where the machine's come from.
        words = ["run", "--name", name, "--network", "host", *self._podman.limits(), base, "sh", "-c", script]
        try:
            self._podman.run_logged(*words, log_path=self._log, timeout_seconds=BOOTSTRAP_TIMEOUT_SECONDS)
            self._podman.run_logged("commit", "-q", name, tag, log_path=self._log, timeout_seconds=300)
            self._forget_others(tag)
        finally:
            self._podman.run("rm", "-f", name, check=False)

    def _forget_others(self, tag: str) -> None:
        """Removes the release's images of earlier recipes; one that a running host needs stays."""
        others = (
            name for image in self._podman.objects("images", "--format", "json") for name in image.get("Names") or []
        )
        for name in others:
            if name.partition(":")[0] == tag.partition(":")[0] and name != tag:
                self._podman.run("rmi", name, check=False)


def ensure_images(place: Place, *, podman: Podman, names: Iterable[str]) -> dict[str, str]:
    """Release → tag of its image; what is missing is built, the releases at the same time."""
    wanted = sorted(set(names))
    unknown = [name for name in wanted if name not in RELEASES]
    if unknown:
        raise HostError(f"no such release: {', '.join(unknown)}; there are {', '.join(RELEASES)}")
    with place.lock("images"):
        key = public_key(place)
        tags = {name: image_tag(RELEASES[name], public_key=key) for name in wanted}
        missing = [name for name in wanted if not podman.has_image(tags[name])]
        if not missing:
            return tags
        from_registry = registry_is_reachable()
        builders = [ImageBuilder(place, podman=podman, release=RELEASES[name]) for name in missing]
        with ThreadPoolExecutor(max_workers=len(builders)) as pool:
            list(pool.map(lambda builder: builder.build(from_registry=from_registry), builders))
    return tags
