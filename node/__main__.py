"""`python -m node` is `minga`."""

from node.cli import main

if __name__ == "__main__":
    main()
