"""`python -m calldeck` is the same as the command `calldeck`."""

from calldeck.cli import main

if __name__ == "__main__":
    main()
