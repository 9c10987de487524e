"""A simulated bank in a process of its own. It moves no money and says so in every answer."""
