"""A service that has failed is left alone, and asked again after a while."""

from mmner.base import outage
from mmner.base.outage import Outage


def test_an_outage_lasts_a_while_from_its_last_failure_unless_the_service_answers(monkeypatch):
    service, now = Outage(), [100.0]
    monkeypatch.setattr(outage.time, "monotonic", lambda: now[0])
    assert service.reason == ""
    service.begin("busy")
    now[0] += outage.AGAIN - 1
    assert service.reason == "busy"
    service.begin("gone")
    now[0] += outage.AGAIN - 1
    assert service.reason == "gone"
    now[0] += 1
    assert service.reason == ""
    service.begin("gone")
    service.end()
    assert service.reason == ""
