# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: ``hosts images|up|down|restart|logs|list|podman``."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict

from . import machine
from .apt import install_tools
from .errors import HostError, NotPossibleError
from .image import ensure_images
from .namespace import MountNamespace
from .place import Place, default_place
from .podman import Podman
from .recipe import RELEASES

__all__ = ["main"]

NOT_POSSIBLE = 3


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    top = argparse.ArgumentParser(prog="hosts", description=__doc__)
    verbs = top.add_subparsers(dest="verb", required=True)
    verbs.add_parser("images", help="make the images that are missing").add_argument("release", nargs="*")
    up = verbs.add_parser("up", help="start a scenario's hosts; prints them as JSON")
    up.add_argument("scenario")
    up.add_argument("host", nargs="+", metavar="NAME:RELEASE")
    for verb, text in (("down", "remove a scenario's hosts"), ("logs", "print the end of PostgreSQL's logs")):
        verbs.add_parser(verb, help=text).add_argument("scenario")
    again = verbs.add_parser("restart", help="start a host again")
    again.add_argument("--power-cut", action="store_true", help="kill every process at once")
    again.add_argument("scenario")
    again.add_argument("host")
    verbs.add_parser("list", help="print the containers of all scenarios")
    verbs.add_parser("podman", help="run podman on the hosts' own storage").add_argument(
        "word", nargs=argparse.REMAINDER
    )
    return top


def of_this_checkout(scenario: str) -> str:
    """The scenario's name, unlike that of the same scenario of another checkout on this machine."""
    return f"{scenario}-{hashlib.sha256(__file__.encode()).hexdigest()[:4]}"


def run_verb(options: argparse.Namespace, *, place: Place, podman: Podman) -> None:
    """Does what the command line says, in the open namespace."""
    verb = options.verb
    if verb == "images":
        print(json.dumps(ensure_images(place, podman=podman, names=options.release or RELEASES), indent=2))
    elif verb == "up":
        hosts = [(name, release) for name, _unused, release in (word.partition(":") for word in options.host)]
        tags = ensure_images(place, podman=podman, names=[release for _unused, release in hosts])
        started = machine.start(podman, scenario=options.scenario, hosts=hosts, tags=tags)
        print(json.dumps([{**asdict(host), "key": str(place.key)} for host in started]))
    elif verb == "down":
        machine.stop(podman, scenario=options.scenario)
    elif verb == "logs":
        print(machine.logs(podman, scenario=options.scenario))
    elif verb == "restart":
        machine.restart(podman, scenario=options.scenario, host=options.host, power_cut=options.power_cut)
    elif verb == "list":
        print("\n".join(machine.containers(podman)))
    else:
        subprocess.run(podman.argv(*options.word), check=False)


def main(arguments: Sequence[str]) -> int:
    """0, or 1 where something failed, or 3 where this machine cannot run such hosts."""
    options = parser().parse_args(arguments)
    if "scenario" in options:
        options.scenario = of_this_checkout(options.scenario)
    try:
        if os.geteuid() != 0:
            raise NotPossibleError("the hosts need root: systemd as process 1, a network of their own")
        install_tools()
        place = default_place()
        place.prepare()
        namespace = MountNamespace(place)
        podman = Podman(place, namespace=namespace)
        with place.in_use() as use:
            with place.lock("namespace"):
                namespace.open()
            run_verb(options, place=place, podman=podman)
            # Whoever is the last one leaves no process behind.
            if not machine.containers(podman) and use.alone():
                namespace.close()
    except HostError as error:
        print(f"hosts: {error}", file=sys.stderr)
        return NOT_POSSIBLE if isinstance(error, NotPossibleError) else 1
    return 0


sys.exit(main(sys.argv[1:]))
