"""A person's saved views of a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from goodstanding.accounts.queries import User
from goodstanding.core.errors import NotFound
from goodstanding.web.models import SavedView


@dataclass(frozen=True, slots=True)
class NamedView:
    """A saved view as the list's menu shows it."""

    id: UUID
    name: str
    url: str
    is_current: bool


def save_view(*, owner: User, list_name: str, name: str, path: str, query: str) -> bool:
    """Keep the filter and order under the name; returns whether one of that name showed others."""
    mine = SavedView.objects.filter(owner=owner, list_name=list_name, name=name)
    is_replaced = mine.exclude(path=path, query=query).exists()
    SavedView.objects.update_or_create(
        owner=owner, list_name=list_name, name=name, defaults={"path": path, "query": query}
    )
    return is_replaced


def remove_view(*, owner: User, view_id: UUID) -> str:
    """Forget one's own view; returns the address of its list. Raises NotFound for others'."""
    view = SavedView.objects.filter(owner=owner, id=view_id).first()
    if view is None:
        raise NotFound(what="saved view", key=view_id)
    view.delete()
    return view.path


def views_of(*, owner: User, list_name: str, path: str, query: str) -> Sequence[NamedView]:
    """The person's views of this list by name; current is the one whose filter is shown."""
    return [
        NamedView(
            view.id,
            view.name,
            f"{view.path}?{view.query}" if view.query else view.path,
            (view.path, view.query) == (path, query),
        )
        for view in SavedView.objects.filter(owner=owner, list_name=list_name).order_by("name")
    ]
