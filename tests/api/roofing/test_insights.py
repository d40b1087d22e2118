"""The health score and the insights, rule by rule."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from analytics.health import health_score
from analytics.insights import OPPORTUNITIES, RECOMMENDATIONS, Insight
from core.identity.services import actor_of
from crm.api.roofing.serializers.customers import INSIGHTS as SENTENCES
from crm.pages.customer.advice import ADVICE
from tests.api.roofing.calls import NOW, made, path, project
from tests.cast import Cast
from tests.client import ApiClient


def score(**figures: Any) -> int:
    row = {
        "lifetime_value": 0,
        "project_count": 0,
        "nps_score": None,
        "referral_count": 0,
        "last_interaction_at": None,
        **figures,
    }
    return health_score(row, NOW)


@pytest.mark.parametrize(
    ("name", "bands"),
    [
        (
            "lifetime_value",
            {
                0: 0,
                1: 10,
                9_999: 10,
                10_000: 15,
                24_999: 15,
                25_000: 20,
                49_999: 20,
                50_000: 25,
                99_999: 25,
                100_000: 30,
            },
        ),
        ("project_count", {0: 0, 1: 5, 2: 10, 3: 15, 4: 15, 5: 20, 99: 20}),
        ("nps_score", {None: 0, 0: 0, 4: 0, 5: 10, 6: 10, 7: 15, 8: 15, 9: 20, 10: 20}),
        ("referral_count", {0: 0, 1: 8, 2: 8, 3: 12, 4: 12, 5: 15, 50: 15}),
    ],
)
def test_every_band_of_the_health_score(name: str, bands: dict[Any, int]) -> None:
    assert {figure: score(**{name: figure}) for figure in bands} == bands


@pytest.mark.parametrize(
    ("days", "points"),
    [(0, 15), (30, 15), (30.01, 10), (90, 10), (90.01, 5), (180, 5), (180.01, 0)],
)
def test_every_band_of_the_recent_interaction(days: float, points: int) -> None:
    assert score(last_interaction_at=NOW - dt.timedelta(days=days)) == points


def test_the_highest_score_is_a_hundred() -> None:
    full = {
        "lifetime_value": 100_000,
        "project_count": 5,
        "nps_score": 10,
        "referral_count": 5,
        "last_interaction_at": NOW,
    }
    assert score(**full) == 100


INSIGHTS = [
    ({"nps_score": 9}, "opportunities", "Candidate for referral program"),
    ({"nps_score": 8}, "opportunities", None),
    ({"is_referral_partner": True}, "opportunities", "Referral partner without referrals yet"),
    ({"date_of_birth": "1980-06-15"}, "opportunities", "Birthday within two weeks"),
    ({"date_of_birth": "1980-06-29"}, "opportunities", "Birthday within two weeks"),
    ({"date_of_birth": "1980-06-30"}, "opportunities", None),
    ({"date_of_birth": "1980-06-14"}, "opportunities", None),
    ({"roof_age": 10}, "recommendations", "Good time for roof inspection outreach"),
    ({"roof_age": None}, "recommendations", "Good time for roof inspection outreach"),
    ({"nps_score": 6}, "recommendations", "Detractor - ask what went wrong"),
    ({"nps_score": 6}, "recommendations", "At risk of leaving - reach out personally"),
    ({"phone": None}, "recommendations", "Complete the contact data"),
]


@pytest.mark.parametrize(("values", "kind", "text"), INSIGHTS)
def test_each_rule_of_the_insights(values: Any, kind: str, text: str | None, cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False):
        customer = made(actor_of(cast.alice), 1, **{"roof_age": 5, "notify_sms": True, **values})
        found = ApiClient(user=cast.alice).get(path(customer)).json()["insights"][kind]
        assert (text in found) if text else found == []


def test_insights_of_work_and_contact(cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False):
        actor, api = actor_of(cast.alice), ApiClient(user=cast.alice)
        customer = made(actor, 1, roof_age=5, notify_sms=True)
        recent = project(
            actor, customer, 1, status="completed", completed_at="2025-12-15T12:00:01Z"
        )
        assert api.get(path(customer)).json()["insights"]["recommendations"] == [
            "Schedule quarterly check-in"
        ]
        api.patch(f"/api/projects/{recent.pk}", {"completed_at": "2025-12-15T12:00:00Z"})
        assert api.get(path(customer)).json()["insights"]["recommendations"] == [
            "Schedule quarterly check-in",
            "Good time for roof inspection outreach",
        ]
        for _ in range(19):
            api.post(path(customer, "/interactions"), {"type": "note"})
        assert api.get(path(customer)).json()["insights"]["opportunities"] == []
        api.post(path(customer, "/interactions"), {"type": "note"})
        assert api.get(path(customer)).json()["insights"]["opportunities"] == [
            "High engagement - potential upsell opportunity"
        ]


def test_every_door_has_words_for_every_insight() -> None:
    ruled = [insight for insight, _ in (*OPPORTUNITIES, *RECOMMENDATIONS)]
    assert sorted(ruled) == sorted(Insight), "each is found by one rule"
    assert set(SENTENCES) == set(ADVICE) == set(Insight)
