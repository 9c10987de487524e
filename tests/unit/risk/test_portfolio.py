"""Rules, score and lenders together on real applications that no model has seen."""

import numpy as np
import pytest

from tongtu.funding.api import Sought, load_book
from tongtu.replay.api import read_applicants
from tongtu.risk.api import band, facts_row, load_application_rules, rule_facts, verdict
from tongtu.terms.api import quote

CAP_BPS = 2_400


def offers(applicant, rules, scorecard, book):
    facts, body = applicant.stated(), applicant.body()
    asked = rule_facts(facts_row(facts), party_recent=0, device_recent=0)
    income = facts["income_minor"]
    if verdict(rules.evaluate(asked)).severity != "pass" or not income:
        return ()
    dearest = quote(applicant.amount_minor, CAP_BPS, applicant.tenor_months).instalment_minor
    return book.eligible(
        Sought(
            product=body["product"],
            purpose=body["purpose"],
            amount_minor=applicant.amount_minor,
            tenor_months=applicant.tenor_months,
            band=band(scorecard.score(facts).pd_ppm),
            home=facts["home"],
            job=facts["job"],
            records=facts["records"],
            seniority_years=facts["seniority_years"],
            income_minor=income,
            assets_minor=facts["assets_minor"],
            dsr_ppm=-(-dearest * 1_000_000 // income),
        )
    )


def test_unseen_applicants_get_offers_and_those_who_do_go_bad_less_than_half_as_often(table, model):
    rules, book = load_application_rules(), load_book()
    unseen = read_applicants(table.path, training=False)

    made = [len(offers(one, rules, model.scorecard, book)) for one in unseen]

    approved = np.array(made) > 0
    is_bad = np.array([one.is_bad for one in unseen])
    measured = {
        "approved": approved.mean(),
        "bad": is_bad.mean(),
        "bad of approved": is_bad[approved].mean(),
        "bad of others": is_bad[~approved].mean(),
        "offers an approved one": sum(made) / approved.sum(),
    }
    # Another processor may round a point otherwise, and move a case or two.
    assert measured == pytest.approx(
        {
            "approved": 0.634,
            "bad": 0.278,
            "bad of approved": 0.124,
            "bad of others": 0.545,
            "offers an approved one": 4.781,
        },
        abs=0.004,
    )
