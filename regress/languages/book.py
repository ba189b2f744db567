import contextlib
import random
import sys
import time

import psycopg2

CALL = """
    SELECT bookonce.to_jsonb(a)
    FROM bookonce.book_slot(resource => %s, during => tstzrange(%s, %s), holder => %s, idempotency_key => %s) AS a"""


def repeatable(error):
    """Contention, a server that goes away, or no word of the server's: the connection was lost."""
    code = error.pgcode or "08"
    return code in ("40001", "40P01") or code[:2] == "08" or code[:4] == "57P0"


def book(dsn, resource, starts_at, ends_at, holder, key, patience=10.0):
    """The answer as a dict. The key was made before this loop: with it, done twice is done once."""
    deadline = time.monotonic() + patience
    pause = 0.05
    while True:
        try:
            with contextlib.closing(psycopg2.connect(dsn)) as connection:
                connection.autocommit = True  # the call is its own transaction
                with connection.cursor() as cursor:
                    cursor.execute(CALL, (resource, starts_at, ends_at, holder, key))
                    return cursor.fetchone()[0]
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            if not repeatable(error) or time.monotonic() > deadline:
                raise
        time.sleep(random.uniform(0, pause))
        pause = min(2 * pause, 1.0)


if __name__ == "__main__":
    answer = book("application_name=language", *sys.argv[1:])
    print(answer["outcome"], str(answer["replayed"]).lower(), len(answer["busy"] or []), answer["starts_at"])
