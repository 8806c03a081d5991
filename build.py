"""The command line's door. `python build.py --help` lists what is behind it."""

import sys
from pathlib import Path

if __name__ == "__main__":
    from builder.cli import main

    sys.exit(main(Path(__file__).resolve().parent))
