"""A machine of known size for the doctor, and places where nobody answers."""

import socket
from concurrent.futures import Future

import pytest

from mmner.tools.doctor.findings import Context
from mmner.tools.doctor.machine import Machine
from tests.tools.doctor.places import SMALL, closed


@pytest.fixture
def context():
    """context(**changes) -> a Context whose hub is closed and whose machine is SMALL."""

    def make(machine: Machine = SMALL, **changes) -> Context:
        probed: Future = Future()
        probed.set_result(machine)
        return Context(**{"timeout": 2.0, "made": (), "hub": closed(), "machine": probed} | changes)

    return make


@pytest.fixture
def silent():
    """An address that takes connections and never answers."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        yield f"http://127.0.0.1:{one.getsockname()[1]}"
