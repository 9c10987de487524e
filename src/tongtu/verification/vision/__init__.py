"""Pictures are decoded and looked at in a process of their own, not where requests are."""
