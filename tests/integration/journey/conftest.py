"""The house of one loan, for every test of the ways through it."""

from .test_life_of_a_loan import (  # noqa: F401 - fixtures
    empty_house,
    house,
    joint_house,
    press,
    shipped,
)
