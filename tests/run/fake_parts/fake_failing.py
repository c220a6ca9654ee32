import sys

print("this part always fails", file=sys.stderr)
sys.exit(3)
