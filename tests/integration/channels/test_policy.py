"""The law in force is shown as the platform keeps it, and what nobody checked can be listed."""

from tongtu.identity.api import Role
from tongtu.policy.api import Pack


def test_an_operator_lists_the_rules_that_counsel_has_to_confirm(api, staff):
    told = api.get("/v1/policy/rules?label=M", token=staff(Role.OPERATOR)).json()

    pack = Pack.load("cn/2026.08")
    assert (told["pack"], told["pack_hash"]) == (pack.id, pack.hash)
    assert {rule["label"] for rule in told["items"]} == {"M"}
    assert told["labels"]["M"] == len(told["items"])
    assert sum(told["labels"].values()) == len(pack.content.rules)


def test_a_regulator_sees_the_rules_that_were_in_force_on_a_day(api, staff):
    def rules(day):
        answer = api.get(f"/v1/policy/rules?at={day}", token=staff(Role.REGULATOR)).json()
        return {rule["id"] for rule in answer["items"]}

    assert rules("2026-08-01") - rules("2026-07-31") == {"DISC-01", "DISC-04"}
    assert rules("2028-01-01") ^ rules("2027-12-31") == {"PRICE-02", "PRICE-02.notice"}


def test_who_is_no_staff_is_not_shown_the_rules(api, staff):
    assert api.get("/v1/policy/rules", token=staff(Role.LENDER, 1)).status_code == 403
    assert api.get("/v1/policy/rules").status_code == 401


def test_a_label_that_does_not_exist_is_refused(api, staff):
    answer = api.get("/v1/policy/rules?label=Z", token=staff(Role.OPERATOR))

    assert answer.status_code == 422
