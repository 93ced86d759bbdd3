"""The people and the use case of the governance tests."""

from tests.rooms.governance.conftest import legal_entity, people, use_case

__all__ = ["legal_entity", "people", "use_case"]
