"""The bit of each consent in a party's mask is fixed: decisions store it."""

import pytest

from tongtu.identity.model import Scope, consent_bit


def test_each_purpose_and_each_lender_has_its_own_fixed_bit():
    bits = {scope: consent_bit(scope) for scope in Scope if scope is not Scope.SHARE_LENDER}
    lenders = [consent_bit(Scope.SHARE_LENDER, number) for number in range(1, 41)]

    assert bits == {
        Scope.IDENTITY_CHECK: 0,
        Scope.AUTOMATED_DECISION: 1,
        Scope.BUREAU_QUERY: 2,
        Scope.MARKETING: 3,
        Scope.TAX_QUERY: 4,
        Scope.SOCIAL_INSURANCE_QUERY: 5,
        Scope.OPERATOR_QUERY: 6,
        Scope.FACE: 7,
    }
    assert lenders == list(range(9, 49))


@pytest.mark.parametrize(
    ("scope", "recipient"),
    [(Scope.MARKETING, 1), (Scope.IDENTITY_CHECK, 3)],
)
def test_a_recipient_belongs_to_sharing_only(scope, recipient):
    with pytest.raises(ValueError, match="recipient"):
        consent_bit(scope, recipient)


@pytest.mark.parametrize("recipient", [-1, 0, 41])
def test_sharing_names_a_lender(recipient):
    with pytest.raises(ValueError, match="lender number"):
        consent_bit(Scope.SHARE_LENDER, recipient)
