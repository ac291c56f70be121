# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules packed as Ansible packs them: the AnsiballZ program, built by ansible-core itself."""

from __future__ import annotations

import base64
import compileall
import hashlib
import inspect
import io
import json
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any

from support.places import build_folder, collections_path

COLLECTION = "pgfleet.pitr"


def ansible_arguments(*, remote_tmp: str, check: bool = False, diff: bool = False) -> dict[str, Any]:
    """What Ansible adds to the arguments of every module."""
    return {
        "_ansible_check_mode": check,
        "_ansible_diff": diff,
        "_ansible_remote_tmp": remote_tmp,
        "_ansible_keep_remote_files": False,
        "_ansible_no_log": False,
        "_ansible_verbosity": 0,
        "_ansible_debug": False,
        "_ansible_socket": None,
        "_ansible_syslog_facility": "LOG_USER",
        "_ansible_target_log_info": None,
        "_ansible_version": "test",
    }


# What AnsiballZ's own wrapper does once it has put its archive on the path.
RUNNER = """
import sys
sys.path[0] = sys.argv[1]
from ansible.module_utils._internal._ansiballz import _loader
folder, name, profile = sys.argv[1:]
_loader.run_module(
    json_params=sys.stdin.buffer.read(), profile=profile, module_fqn=name, modlib_path=folder, extensions={}
)
"""


@dataclass(frozen=True)
class UnpackedModule:
    """The archive that Ansible would send to a host for a module, unpacked and compiled."""

    folder: Path
    full_name: str
    profile: str

    def argv(self, interpreter: str) -> list[str]:
        """The command that runs it."""
        return [interpreter, "-c", RUNNER, str(self.folder), self.full_name, self.profile]

    def stdin(self, arguments: Mapping[str, Any]) -> bytes:
        """The arguments as it reads them."""
        from ansible.module_utils.common.json import Direction, get_module_encoder

        encoder = get_module_encoder(self.profile, Direction.CONTROLLER_TO_MODULE)
        return json.dumps({"ANSIBLE_MODULE_ARGS": dict(arguments)}, cls=encoder).encode()


def unpacked_module(name: str, *, interpreter: str) -> UnpackedModule | None:
    """A module of the collection with exactly the files that Ansible would send to a host.

    They are compiled once, as compiling them takes two thirds of a module's time; what playbooks run is the archive
    itself. ``None`` where that can't be: another ansible-core, a build folder of somebody else.
    """
    try:
        return _unpacked(name, interpreter=interpreter)
    except (ImportError, AttributeError, OSError):
        return None


@cache
def _unpacked(name: str, *, interpreter: str) -> UnpackedModule:
    """The archive that ansible-core made for a module, unpacked in the build folder under a name of its content."""
    content, profile = module_archive(name, interpreter=interpreter)
    folder = build_folder() / "modules" / hashlib.sha256(content).hexdigest()[:24]
    if not folder.exists():
        _unpack(content, folder)
    return UnpackedModule(folder=folder, full_name=_full_name(name), profile=profile)


def module_archive(name: str, *, interpreter: str) -> tuple[bytes, str]:
    """The zip file that Ansible would send to a host for a module, and the profile of its arguments."""
    # It leaves the archive in ansible-core's own cache.
    payload(name, {}, interpreter=interpreter)
    from ansible import constants
    from ansible.executor.module_common import _CachedModule

    stored = (Path(constants.DEFAULT_LOCAL_TMP) / "ansiballz_cache").glob(f"{_full_name(name)}-ZIP_STORED-*")
    (archive,) = (path for path in stored if path.suffix != ".lock")
    packed = _CachedModule.load(str(archive))
    return base64.b64decode(packed.zip_data), packed.metadata.serialization_profile


def _full_name(name: str) -> str:
    return f"ansible_collections.{COLLECTION}.plugins.modules.{name}"


def _unpack(content: bytes, folder: Path) -> None:
    folder.parent.mkdir(exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(scratch)
    compileall.compile_dir(scratch, ddir=folder, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    scratch.chmod(0o755)
    try:
        scratch.rename(folder)
    except OSError:
        # Another process was first, with the same content.
        shutil.rmtree(scratch)


def payload(name: str, arguments: Mapping[str, Any], *, interpreter: str) -> bytes:
    """The program that Ansible would copy to a host for this call of a module of the collection."""
    from ansible.executor.module_common import modify_module

    path, full_name = _locate(name)
    known = {
        "module_name": full_name,
        "module_path": path,
        "module_args": dict(arguments),
        "templar": _templar(),
        "task_vars": {"ansible_python_interpreter": interpreter, "ansible_playbook_python": sys.executable},
        "module_compression": "ZIP_STORED",
    }
    wanted = inspect.signature(modify_module).parameters
    built = modify_module(**{key: value for key, value in known.items() if key in wanted})
    # ansible-core 2.19 returns an object, older versions a tuple.
    return bytes(getattr(built, "b_module_data", None) or built[0])


@cache
def plugin_loader() -> Any:
    """Ansible's loader of modules; from then on the installed collection can be imported."""
    # The path counts only before ansible is imported: that is why nothing of ansible is imported at the top.
    os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(collections_path())
    from ansible.plugins.loader import init_plugin_loader, module_loader

    init_plugin_loader([])
    return module_loader


@cache
def _locate(name: str) -> tuple[str, str]:
    found = plugin_loader().find_plugin_with_context(f"{COLLECTION}.{name}", collection_list=[])
    if not found.resolved:
        raise AssertionError(f"module {COLLECTION}.{name} is not in the collection at {collections_path()}")
    return found.plugin_resolved_path, found.resolved_fqcn


@cache
def _templar() -> Any:
    from ansible.parsing.dataloader import DataLoader
    from ansible.template import Templar

    return Templar(DataLoader())
