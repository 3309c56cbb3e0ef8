"""`python -m schoolplein`: the command line."""

import signal

# While the packages are loaded there is nothing to stop yet: Ctrl-C ends us without a traceback.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from schoolplein.cli import main  # noqa: E402 - the line above must come first

main()
