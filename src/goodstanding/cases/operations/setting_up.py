"""Load queues and playbooks from the desks' folders: new rows for what is new or changed."""

from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from importlib.resources.abc import Traversable

from django.db import transaction

from goodstanding.cases.errors import QueuesInvalid
from goodstanding.cases.models import PlaybookVersion, Queue, QueueTerms
from goodstanding.cases.playbooks import QueueDefinition, read_playbook, read_queues

_desks: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class DesksLoaded:
    """Rows written by a load."""

    playbooks: int
    queues: int


def register_desk(*, desk: str, package: str) -> None:
    """Tell of a desk's package, which holds `queues.yaml` and `playbooks/*.yaml`.

    Called from the desk's `apps.py`.
    """
    _desks[desk] = package


def load_desks(*, at: datetime) -> DesksLoaded:
    """Load every registered desk; safe to repeat."""
    playbooks = queues = 0
    for desk, package in sorted(_desks.items()):
        loaded = load_folder(desk=desk, folder=resources.files(package), at=at)
        playbooks += loaded.playbooks
        queues += loaded.queues
    return DesksLoaded(playbooks, queues)


@transaction.atomic
def load_folder(*, desk: str, folder: Traversable, at: datetime) -> DesksLoaded:
    """Load one desk's folder, all or nothing. Raises PlaybookInvalid, QueuesInvalid."""
    files = sorted((folder / "playbooks").iterdir(), key=lambda file: file.name)
    playbooks = sum(_load_playbook(file, at) for file in files if file.name.endswith(".yaml"))
    text = (folder / "queues.yaml").read_text(encoding="utf-8")
    queues = sum(_load_queue(desk, queue, at) for queue in read_queues(text=text, desk=desk))
    return DesksLoaded(playbooks, queues)


def _load_playbook(file: Traversable, at: datetime) -> bool:
    playbook, content = read_playbook(text=file.read_text(encoding="utf-8"), name=file.name)
    newest = PlaybookVersion.objects.filter(name=playbook.name).order_by("-from_at", "-id").first()
    if newest is not None and newest.version == playbook.version:
        return False
    _row, is_new = PlaybookVersion.objects.get_or_create(
        version=playbook.version,
        defaults={"name": playbook.name, "content": content, "from_at": at},
    )
    return is_new


def _load_queue(desk: str, definition: QueueDefinition, at: datetime) -> bool:
    playbook = newest_playbook(definition.playbook)
    if playbook is None:
        raise QueuesInvalid(
            desk=desk, why=f"{definition.code}: there is no playbook {definition.playbook!r}"
        )
    queue, _made = Queue.objects.get_or_create(code=definition.code, defaults={"desk": desk})
    terms = {
        "title": definition.title,
        "purpose": definition.purpose,
        "calendar": definition.calendar,
        "clock_kind": definition.clock.kind.value,
        "target": definition.clock.target,
        "skill": definition.skill,
        "playbook": definition.playbook,
        "standard_minutes": definition.standard_minutes or playbook.content["standard_minutes"],
    }
    newest = QueueTerms.objects.filter(queue=queue).order_by("-revision").first()
    if newest is not None and all(getattr(newest, name) == term for name, term in terms.items()):
        return False
    revision = 1 if newest is None else newest.revision + 1
    QueueTerms.objects.create(queue=queue, revision=revision, from_at=at, **terms)
    return True


def newest_playbook(name: str) -> PlaybookVersion | None:
    """The newest version of a playbook, or None."""
    return PlaybookVersion.objects.filter(name=name).order_by("-from_at", "-id").first()
