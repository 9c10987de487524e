"""House rules that no off-the-shelf linter holds. `python -m tools.house` prints each breach.

A line may break a rule only with an escape that gives its reason: `# house: <rule> - <reason>`.
"""
