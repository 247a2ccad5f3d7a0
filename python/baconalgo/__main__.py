"""``python -m baconalgo``: the command line."""

from baconalgo.cli import main

if __name__ == "__main__":
    main()
