"""The house of one loan, for every test of the ways through it."""

from .test_life_of_a_loan import empty_house, house, press, shipped  # noqa: F401 - fixtures
