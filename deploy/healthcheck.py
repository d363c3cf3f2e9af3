"""Exit 0 when the web server of this container answers /health/ with 200; compose asks every 15 seconds."""

import http.client
import os
import sys


def main() -> int:
    # Django refuses a name that it was not told; the first one that it was told serves.
    host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".*") or "localhost"
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=8)
    try:
        connection.request("GET", "/health/", headers={"Host": host})
        status = connection.getresponse().status
    except OSError as error:
        print(f"no answer: {error}")
        return 1
    finally:
        connection.close()
    print(f"status {status}")
    return 0 if status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
