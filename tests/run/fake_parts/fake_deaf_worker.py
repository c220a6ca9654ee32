import signal
import time

signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("fake worker is deaf")
while True:
    time.sleep(1)
