import time


def application(environ, start_response):
    slow = environ["PATH_INFO"] == "/slow"
    if slow:
        print("slow request begun", flush=True)
        time.sleep(3)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"slow page, whole" if slow else b"fake page"]
