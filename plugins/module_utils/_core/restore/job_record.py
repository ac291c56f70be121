# Copyright: (c) 2026, pgfleet.pitr contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a job on a data directory: what it does, and how it ended as long as nobody was told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import Damaged, InvalidInput
from ..json_fields import flag_of, load_json, mapping_of, number_of, text_of
from ..target.recovery_target import KINDS, RecoveryTarget
from ..wording import printable
from .intent import is_intent, read_intent
from .request import RestoreRequest

RESTORE = "restore"
RECOVERY = "recovery"
ROLLBACK = "rollback"
RUNNING = "running"
DONE = "done"
FAILED = "failed"
_KINDS = (RESTORE, RECOVERY, ROLLBACK)
_STATES = (RUNNING, DONE, FAILED)
_FORMAT = 1


@dataclass(frozen=True)
class JobRecord:
    """One job from its beginning until somebody has been told how it ended.

    ``directory`` is the data directory of the restored server, ``process`` the number of the process that works,
    ``started`` ISO 8601 in UTC, ``progress`` how far it is, for people. ``values`` are a done job's results,
    ``failure`` is a failed one's error, both as plain data. ``intent`` is what was asked of the restore.
    """

    kind: str
    cluster: str
    target: RecoveryTarget
    directory: str
    process: int
    started: str
    state: str = RUNNING
    progress: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    failure: Mapping[str, Any] = field(default_factory=dict)
    intent: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> JobRecord:
        """Read the file's text. Raises Damaged (``job-damaged``)."""
        try:
            record = mapping_of(load_json(text), "the record of a job")
            if record["format"] != _FORMAT:
                raise ValueError("unknown format")
            return cls(
                kind=text_of(record["kind"], "kind", allowed=_KINDS.__contains__),
                cluster=text_of(record["cluster"], "cluster"),
                target=_target(mapping_of(record["target"], "target")),
                directory=text_of(record["directory"], "directory", allowed=lambda path: path.startswith("/")),
                process=number_of(record["process"], "process", least=2),
                started=text_of(record["started"], "started"),
                state=text_of(record["state"], "state", allowed=_STATES.__contains__),
                progress=text_of(record["progress"], "progress"),
                values=_shown(mapping_of(record["values"], "values")),
                failure=_shown(_failure(mapping_of(record["failure"], "failure"))),
                # Earlier versions wrote none.
                intent=read_intent(record.get("intent", {})),
            )
        except (ValueError, KeyError, TypeError, RecursionError, InvalidInput) as error:
            raise Damaged(
                f"the record of a job cannot be read: {error}",
                code="job-damaged",
                hint="It lies beside the data directory. Remove it when no restore is at work there.",
            ) from error

    def __str__(self) -> str:
        target = {"kind": self.target.kind, "text": self.target.text, "inclusive": self.target.inclusive}
        record = {
            "format": _FORMAT,
            "kind": self.kind,
            "cluster": self.cluster,
            "target": target,
            "directory": self.directory,
            "process": self.process,
            "started": self.started,
            "state": self.state,
            "progress": self.progress,
            "values": dict(self.values),
            "failure": dict(self.failure),
            "intent": dict(self.intent),
        }
        return json.dumps(record, indent=1) + "\n"

    @property
    def is_running(self) -> bool:
        """Whether it had not ended when this was written; it may have been killed since, with all its processes."""
        return self.state == RUNNING

    def done(self, values: Mapping[str, Any]) -> JobRecord:
        """The record of the job that ended well."""
        return replace(self, state=DONE, values=values)

    def failed(self, failure: Mapping[str, Any]) -> JobRecord:
        """The record of the job that failed."""
        return replace(self, state=FAILED, failure=failure)

    def restores_same(self, request: RestoreRequest, *, directory: str) -> bool:
        """Whether it restores, or recovers, in ``directory`` and just as it is asked for.

        To another port, with other settings, as a standby: whoever asks for that must not be told of this one as of
        theirs.
        """
        went = (self.cluster, self.target.meaning, self.directory)
        is_there = went == (request.name, request.target.meaning, directory)
        return self.kind != ROLLBACK and is_there and is_intent(self.intent, request)


def _failure(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """An error of our own, whose class and words are texts; empty: there is none."""
    if told:
        for name in ("type", "message", "code", "hint"):
            text_of(told[name], name, allowed=lambda _text: True)
    return told


def _shown(value: Any) -> Any:
    """Plain data, in whose texts nothing moves a cursor: they go to terminals, on the controller too."""
    if isinstance(value, dict):
        return {str(_shown(name)): _shown(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_shown(each) for each in value]
    return printable(value) if isinstance(value, str) else value


def _target(record: Mapping[str, Any]) -> RecoveryTarget:
    kind = text_of(record["kind"], "target", allowed=KINDS.__contains__)
    inclusive = flag_of(record["inclusive"], "target")
    return RecoveryTarget.parse(kind, text_of(record["text"], "target"), inclusive=inclusive)


__all__ = ("DONE", "FAILED", "RECOVERY", "RESTORE", "ROLLBACK", "RUNNING", "JobRecord")
