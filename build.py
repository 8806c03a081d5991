"""The command line's door. `python build.py --help` lists what is behind it."""

import gc
import sys
from pathlib import Path

if __name__ == "__main__":
    # A short life makes little garbage: looking for it as often as Python does costs a tenth of a build.
    gc.set_threshold(100_000, 50, 100)

    from builder.cli import main

    code = main(Path(__file__).resolve().parent)
    gc.freeze()  # at its end Python looks through all that is left, only to drop it: another tenth
    sys.exit(code)
