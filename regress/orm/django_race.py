#!/usr/bin/python3
"""django_race.py: Django's bookings, and a race for them by processes that look first and book then, as
its users write it.

    django_race.py tables FORM                 makes the table, as a migration does, in the database PGDATABASE_FORM
    django_race.py race ROUNDS FORM:SCENARIO.. prints for each
                                               `FORM:SCENARIO refused=N other=N constraint=NAME`, and what
                                               the first other error was

Nothing here knows of bookonce. In each round all processes have looked before any of them books.
SPDX-License-Identifier: PostgreSQL
"""
import datetime
import os
import sys
import time

import django
from django.conf import settings

CLIENTS = 16

settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["PGDATABASE"],  # use_form() says which
            "HOST": os.environ["PGHOST"],
            "PORT": os.environ["PGPORT"],
            "USER": os.environ["PGUSER"],
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    TIME_ZONE="UTC",
)
django.setup()

from django.db import IntegrityError, connection, models, transaction  # noqa: E402


def use_form(form):
    connection.close()
    connection.settings_dict["NAME"] = "%s_%s" % (os.environ["PGDATABASE"], form)


class Booking(models.Model):
    room_id = models.IntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(max_length=20)
    person = models.CharField(max_length=50)

    class Meta:
        app_label = "race"
        db_table = "booking"


class Times:
    """The time that round number n is about."""

    def __init__(self, n):
        self.starts = datetime.datetime(2030, 1, 1, 9, tzinfo=datetime.timezone.utc) + datetime.timedelta(days=n)
        self.ends = self.starts + datetime.timedelta(hours=1)


def is_free(room, times):
    return not Booking.objects.filter(
        room_id=room, status="accepted", starts_at__lt=times.ends, ends_at__gt=times.starts
    ).exists()


def new_booking(room, times, person, status="accepted"):
    return Booking(room_id=room, starts_at=times.starts, ends_at=times.ends, status=status, person=person)


def create(times, person, wait):
    if is_free(1, times):
        wait()
        new_booking(1, times, person).save()


def in_transaction(times, person, wait):
    with transaction.atomic():
        if is_free(2, times):
            wait()
            new_booking(2, times, person).save()
            Booking.objects.filter(room_id=2, person=person).count()


def many(times, person, wait):
    rooms = (3, 4, 5)
    if all(is_free(room, times) for room in rooms):
        wait()
        Booking.objects.bulk_create([new_booking(room, times, person) for room in rooms])


def confirm(times, person, wait):
    booking = new_booking(6, times, person, "pending")
    booking.save()
    if is_free(6, times):
        wait()
        booking.status = "accepted"
        booking.save()


def hold(times, person, wait):
    """The process that has the slot keeps its transaction open until all others wait for it."""
    with transaction.atomic():
        if is_free(7, times):
            wait()
            new_booking(7, times, person).save()
            await_others()


def await_others():
    until = time.monotonic() + 60
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0] == CLIENTS - 1:
                return
    raise TimeoutError("the others do not wait")


def upsert(times, person, wait):
    """All write one row: its second writers find the first one's, and update it."""
    wait()
    Booking.objects.update_or_create(
        room_id=8, starts_at=times.starts, defaults={"ends_at": times.ends, "status": "accepted", "person": person}
    )


def ignore(times, person, wait):
    if is_free(9, times):
        wait()
        Booking.objects.bulk_create([new_booking(9, times, person)], ignore_conflicts=True)


SCENARIOS = {
    "create": create,
    "transaction": in_transaction,
    "many": many,
    "confirm": confirm,
    "hold": hold,
    "upsert": upsert,
    "ignore": ignore,
}


def run_client(number, races, rounds, ready, go):
    """One process of all races. Its lines go to the parent: `ready`, `refused CONSTRAINT`, `other ERROR`, `done`."""

    def say(line):
        os.write(ready, (line.replace("\n", " ")[:200] + "\n").encode())

    def wait():
        say("ready")
        os.read(go, 1)

    for form, scenario in races:
        use_form(form)
        for n in range(rounds):
            try:
                SCENARIOS[scenario](Times(n), "person %d" % number, wait)
            except IntegrityError as error:
                say("refused " + (error.__cause__.diag.constraint_name or "-"))
            except Exception as error:
                say("other %s: %s" % (type(error).__name__, error))
            say("done")


def start_clients(races, rounds):
    clients = []
    for number in range(CLIENTS):
        lines, ready = os.pipe()
        go, go_in = os.pipe()
        if os.fork() == 0:
            run_client(number, races, rounds, ready, go)
            os._exit(0)
        os.close(ready)
        clients.append((os.fdopen(lines), go_in))
    return clients


def run_round(clients):
    """Lets all go when all have looked. Returns what they said then, but `done`."""
    for lines, _ in clients:
        line = lines.readline().strip()
        if line != "ready":
            sys.exit("a process did not get as far as booking: " + line)
    for _, go in clients:
        os.write(go, b"!")
    said = []
    for lines, _ in clients:
        said += iter(lambda: lines.readline().strip(), "done")
    return said


def race(rounds, races):
    clients = start_clients(races, rounds)
    for form, scenario in races:
        said = [line for _ in range(rounds) for line in run_round(clients)]
        refused = [line for line in said if line.startswith("refused ")]
        others = [line for line in said if line not in refused]
        constraint = refused[0].split()[1] if refused else "-"
        told = "%s:%s refused=%d other=%d constraint=%s" % (form, scenario, len(refused), len(others), constraint)
        print(told, *others[:1])


if sys.argv[1] == "tables":
    use_form(sys.argv[2])
    with connection.schema_editor() as editor:
        editor.create_model(Booking)
else:
    race(int(sys.argv[2]), [tuple(pair.split(":")) for pair in sys.argv[3:]])
