"""`python -m tongtu` is the `tongtu` command."""

import sys

from tongtu.channels.cli import main

sys.exit(main())
