"""`python -m snaplang.cli`."""

from snaplang.cli import main

if __name__ == "__main__":
    main()
