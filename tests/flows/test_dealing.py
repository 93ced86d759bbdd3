"""Connections are dealt evenly to the copies of a service, and none is lost on the way."""

import select
import socket
from collections.abc import Iterator

import pytest

from goodstanding.serve.dealing import Dealer
from goodstanding.serve.supervisor import PortTaken


class Copy:
    """The other end of a channel, as a copy of the service holds it."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self.held: list[socket.socket] = []

    def take(self) -> int:
        """How many connections it holds once it has taken all that were dealt to it."""
        self.channel.settimeout(0)
        while True:
            try:
                _, descriptors, _, _ = socket.recv_fds(self.channel, 1, 1)
            except BlockingIOError:
                return len(self.held)
            self.held += [socket.socket(fileno=number) for number in descriptors]

    def let_go(self, count: int) -> None:
        """Close some, and say so."""
        for _ in range(count):
            self.held.pop().close()
            self.channel.send(b"-")


class Table:
    """A dealer, and who comes to it."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.dealer = Dealer(self.port)
        self.clients: list[socket.socket] = []
        self.copies: list[Copy] = []

    def copy(self) -> Copy:
        """Another copy to deal to."""
        ours, theirs = socket.socketpair()
        self.copies.append(Copy(theirs))
        self.dealer.add(len(self.copies), ours)
        return self.copies[-1]

    def come(self, count: int) -> None:
        """So many connect, one after the other, and are attended to."""
        for _ in range(count):
            self.clients.append(socket.create_connection(("127.0.0.1", self.port)))
            self.attend()

    def attend(self) -> None:
        ready, _, _ = select.select(self.dealer.watched, [], [], 1)
        self.dealer.attend(ready)


@pytest.fixture
def table() -> Iterator[Table]:
    found = Table()
    yield found
    found.dealer.close()
    held = [connection for copy in found.copies for connection in (copy.channel, *copy.held)]
    for connection in (*found.clients, *held):
        connection.close()


def test_each_copy_holds_as_many_as_the_other(table: Table) -> None:
    copies = [table.copy() for _ in range(3)]

    table.come(8)

    assert sorted(copy.take() for copy in copies) == [2, 3, 3]


def test_a_copy_whose_connections_closed_gets_the_next_ones(table: Table) -> None:
    one, other = table.copy(), table.copy()
    table.come(6)
    assert (one.take(), other.take()) == (3, 3)

    one.let_go(2)
    table.attend()
    table.come(2)

    assert (one.take(), other.take()) == (3, 3)


def test_what_is_dealt_is_the_callers_connection(table: Table) -> None:
    copy = table.copy()
    table.come(1)
    copy.take()

    copy.held[0].sendall(b"good day")

    assert table.clients[0].recv(64) == b"good day"
    assert copy.held[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_who_comes_while_no_copy_lives_waits_for_the_next(table: Table) -> None:
    gone = table.copy()
    gone.channel.close()
    table.come(1)
    later = table.copy()

    table.dealer.attend([])

    assert later.take() == 1


def test_a_port_that_is_taken_is_refused_by_name(table: Table) -> None:
    with pytest.raises(PortTaken, match=f"Port {table.port} on 127.0.0.1 is taken"):
        Dealer(table.port)
