# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parsed content of ``cluster.json`` and the questions that each push and get asks it, as plain functions.

``_core/repository/identity.py`` has the same as a value, for everybody who may take the time to import it.
"""

from __future__ import annotations

from ..errors import Damaged, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORMAT = 1


def check_document(document: Any, *, path: str) -> dict[str, Any]:
    """The document itself when it has every key in the right form. Raises Damaged (``identity-damaged``)."""
    if isinstance(document, dict) and isinstance(document.get("format"), int) and document["format"] > FORMAT:
        raise damaged_document(path, f"has format {document['format']}, newer than this program's {FORMAT}")
    if not (
        isinstance(document, dict)
        and document.get("format") == FORMAT
        and _is_text(document.get("name"))
        and _is_text(document.get("since"))
        and _is_segment_size(document.get("segment_size_bytes"))
        and _is_list_of(str, document.get("system_identifiers"))
        and all(_is_identifier(each) for each in document["system_identifiers"])
        and _is_list_of(int, document.get("versions"))
        and _is_list_of(dict, document.get("writers"))
        and all(_is_writer(writer) for writer in document["writers"])
    ):
        raise damaged_document(path, "is not the document of a cluster")
    return document


def may_write(document: dict[str, Any], *, machine_id: str, hostname: str, data_directory: str) -> bool:
    """Whether the cluster in this data directory (links resolved) of this host is among the registered writers."""
    wanted = (machine_id, hostname, data_directory)
    return any(
        (writer["machine_id"], writer["hostname"], writer["data_directory"]) == wanted for writer in document["writers"]
    )


def former_name(document: dict[str, Any], *, machine_id: str, hostname: str, data_directory: str) -> str | None:
    """The name that the host had when its cluster was registered; ``None``: the same, or it never was.

    A copy of a virtual machine often has the same machine identity, too: this tells only that both look alike.
    """
    if may_write(document, machine_id=machine_id, hostname=hostname, data_directory=data_directory):
        return None
    for writer in reversed(document["writers"]):
        if machine_id and (writer["machine_id"], writer["data_directory"]) == (machine_id, data_directory):
            return str(writer["hostname"])
    return None


def writer_unknown(
    document: dict[str, Any], *, hostname: str, data_directory: str, formerly: str | None = None
) -> Refused:
    """The error for a cluster that is not among the writers; ``formerly`` is what :func:`former_name` found."""
    if formerly is not None:
        return Refused(
            f"the cluster in '{data_directory}' may write as '{document['name']}' on host '{formerly}', and this host,"
            f" with the same machine identity, is called '{hostname}'",
            code="writer-unknown",
            hint="If the host was renamed, run the playbook 'archive' for it, which registers the new name. If this is"
            " a copy of the virtual machine, give it its own 'pitr_cluster_name' or set archive_mode to off.",
        )
    return Refused(
        f"the cluster in '{data_directory}' on host '{hostname}' may not write as '{document['name']}': a copy has the"
        " same system identifier as its source",
        code="writer-unknown",
        hint="If it is not a copy, run the playbook 'archive' for this host, which registers it; if it is, give it its"
        " own 'pitr_cluster_name' or set archive_mode to off.",
    )


def _is_list_of(kind: type, value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, kind) and not isinstance(item, bool) for item in value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable()


def _is_identifier(value: str) -> bool:
    return len(value) <= 20 and value.isascii() and value.isdigit()


def _is_segment_size(value: Any) -> bool:
    """Whether it is a power of two from 1 MiB to 1 GiB: everything divides by it, and what is fetched is held to it."""
    return isinstance(value, int) and 1 << 20 <= value <= 1 << 30 and value & (value - 1) == 0


def _is_writer(writer: dict[str, Any]) -> bool:
    texts = all(isinstance(writer.get(key), str) for key in ("machine_id", "hostname", "data_directory", "since"))
    return texts and _is_text(writer["hostname"]) and _is_text(writer["since"])


def damaged_document(path: str, what: str) -> Damaged:
    """The error for a file that does not say whose the folder is."""
    return Damaged(
        f"'{path}' {what}",
        code="identity-damaged",
        hint="Put back the file from a copy of the repository; do not let a cluster write there before.",
    )


__all__ = ("FORMAT", "check_document", "damaged_document", "former_name", "may_write", "writer_unknown")
