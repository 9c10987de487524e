"""Rows of cases, elements, questions, challenges and resume codes."""
