import signal
import sys
import time

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("fake worker at work")
while True:
    time.sleep(1)
