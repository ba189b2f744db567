# SPDX-License-Identifier: PostgreSQL
"""check.py: the desk in real browsers, two at once: scripts/sandbox run -- /usr/bin/python3 examples/desk/check.py

To know first: nothing waits for time to pass. A third session holds what both browsers then ask for, so their calls are
in the server together when it lets go; and a hold lapses because its end is moved in the database.
--figures draws the page among 10,000 bookings and says how long that took. Pictures go to build/desk.
"""
import http.client
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from contextlib import contextmanager

from selenium.webdriver.common.keys import Keys

from browser import DESKTOP, PATIENCE, PHONE, PICTURES, Browser

WEEK = "2035-01-01"  # a Monday
BLOCKED = """SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'desk%' AND wait_event_type = 'Lock'"""


def sql(text):
    """Runs SQL as the owner of the tables; the rows as psql prints them."""
    done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", text], capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout.strip()


@contextmanager
def standing_in_the_way(statement, end):
    """Another transaction that has run the statement. It ends once `waits(n)` has seen n calls of the desk wait."""
    other = subprocess.Popen(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
    other.stdin.write(f"BEGIN; {statement}; SELECT 'there';\n")
    other.stdin.flush()
    for line in other.stdout:
        if line == "there\n":
            break
    else:
        raise AssertionError(f"this is refused: {statement}")

    def waits(count):
        end_of_patience = time.monotonic() + PATIENCE
        while int(sql(BLOCKED)) < count:
            assert time.monotonic() < end_of_patience, "nobody waits for the other transaction"
        other.stdin.write(f"{end};\n")
        other.stdin.close()

    try:
        yield waits
    finally:
        if not other.stdin.closed:
            other.stdin.close()
        other.wait(PATIENCE)


def at(day, hour, hours=1):
    return f"tstzrange('{WEEK}'::timestamptz + '{day} days {hour} hours', " \
           f"'{WEEK}'::timestamptz + '{day} days {hour + hours} hours')"


def both(people, css):
    for person in people:
        person.click(css)


def is_a_race(people, winner_says, loser_says):
    """One has it, the other hears so."""
    answers = sorted(person.told() for person in people)
    assert [refused for refused, _ in answers] == [False, True], answers
    assert winner_says in answers[0][1] and loser_says in answers[1][1], answers
    return min(people, key=lambda person: person.told()[0])


def test_two_click_one_slot(ann, ben):
    for day in range(3):
        css = ann.slot(day, 9)
        blocker = f"SELECT bookonce.book_slot('room:Atlas', {at(day, 9)}, 'nobody')"
        with standing_in_the_way(blocker, "ROLLBACK") as waits:
            both([ann, ben], css)
            waits(2)
        winner = is_a_race([ann, ben], "is yours", "somebody else has just taken Atlas")
        loser = ben if winner is ann else ann
        loser.until_label(css, f"booked by {winner.me}")
        winner.until_label(css, "yours")
    count = f"SELECT count(*) FROM bookonce.list_bookings('{{room:Atlas}}', tstzrange('{WEEK}', '2035-01-08'))"
    assert sql(count) == "3", sql(count)


def test_what_ben_books_ann_sees(ann, ben):
    css = ann.slot(3, 10)
    assert ann.label(css).endswith("free")
    ben.click(css)
    ann.until_label(css, "booked by Ben")
    assert "Ben" in ann.one(css).text
    ann.until(lambda: "Ben booked Atlas" in ann.one("#feed li").text)


def test_a_hold_lapses(ann, ben):
    css = ann.slot(0, 11)
    ann.click("input[name=mode][value='120']")
    ann.click(css)
    assert "Held for you" in ann.told()[1]
    ann.until(lambda: "1:5" in ann.one(".hold .ring").text or "2:00" in ann.one(".hold .ring").text)
    ben.until_label(css, "held by Ann")
    booking = ann.one(".hold").get_attribute("data-id")
    sql(f"UPDATE bookonce.booking SET lapses_at = clock_timestamp() - interval '1 second' "
        f"WHERE booking_id = '{booking}'")
    ann.until(lambda: not ann.find(".hold"), "the hold stays")
    assert ann.told()[0] and "Your hold has lapsed" in ann.told()[1], ann.told()
    status, answer = post(ann.address, "confirm", {"booking": booking, "me": "Ann"})
    assert (status, answer["outcome"]) == (200, "hold_expired") and "Too late" in answer["words"], answer
    ben.until_label(css, "free")
    ben.click(css)
    assert "is yours" in ben.told()[1]
    ann.until_label(css, "booked by Ben")


def test_a_hold_is_confirmed(ann, ben):
    css = ann.slot(1, 11)
    ann.click("input[name=mode][value='120']")
    ann.click(css)
    ann.click_when("More time")
    assert "more time" in ann.told()[1]
    ann.click_when("Confirm")
    assert "Confirmed" in ann.told()[1]
    ann.until(lambda: not ann.find(".hold"))
    ann.until_label(css, "yours")
    ben.until_label(css, "booked by Ann")


def test_keyboard_only(ann, ben):
    keys = lambda *what: ann.driver.switch_to.active_element.send_keys(*what)
    ann.run("document.activeElement.blur()")
    ann.one("body").send_keys(Keys.TAB)
    assert ann.driver.switch_to.active_element.text == "Skip to the calendar"
    for _ in range(30):
        keys(Keys.TAB)
        if "slot" in (ann.driver.switch_to.active_element.get_attribute("class") or ""):
            break
    keys(Keys.ARROW_RIGHT)
    keys(Keys.ARROW_DOWN)
    here = ann.driver.switch_to.active_element
    label = here.get_attribute("aria-label")
    assert "Tuesday 2 January, 10:00 to 11:00, free" in label, label
    keys(Keys.ENTER)
    ann.until_label(ann.slot(1, 10), "yours")
    assert "is yours" in ann.told()[1]
    assert ann.driver.switch_to.active_element == here, "the focus has gone"
    ben.until_label(ben.slot(1, 10), "booked by Ann")
    keys(Keys.ENTER)
    ann.one("#details[open]")
    assert ann.driver.switch_to.active_element.text == "Close"
    keys(Keys.SHIFT, Keys.TAB)
    keys(Keys.ENTER)
    ann.until_label(ann.slot(1, 10), "free")
    assert ann.driver.switch_to.active_element == here, "the focus has gone"
    ben.until_label(ben.slot(1, 10), "free")


def test_names_are_text(ann, ben):
    evil = "</script><img src=x onerror=document.title=1>"
    status, _ = post(ann.address, "book", slot_of(5, 9, me=evil))
    assert status == 200
    css = ben.slot(5, 9)
    ben.until_label(css, f"booked by {evil}")
    assert ben.one(css).get_attribute("textContent") == evil
    ben.until(lambda: evil in ben.one("#feed li").get_attribute("textContent"))
    ben.click(css)
    assert evil in ben.one("#details-text").get_attribute("textContent")
    ben.click("#close")
    assert not ben.find("img[src=x]") and ben.driver.title == "Front desk"


def test_the_last_places(ann, ben):
    blocker = f"SELECT bookonce.book_slot('class:Yoga', {at(0, 18)}, 'Team', 10)"
    for person in (ann, ben):
        person.open(WEEK, "class")
        person.choose("#sessions select", "2")
    with standing_in_the_way(blocker, "COMMIT") as waits:
        both([ann, ben], "#sessions .go")
        waits(2)
    is_a_race([ann, ben], "Booked: Yoga", "has not 2 places left")
    for person in (ann, ben):
        person.until(lambda: person.one(".left").text == "Full")
    back = ann if ann.find(".chips button") else ben
    back.click(".chips button")
    assert "Given back" in back.told()[1]
    ann.until(lambda: ann.one(".left").text.startswith("1"))


def test_the_line_for_a_full_class(ann, ben):
    friday = "#sessions .card:nth-child(3)"
    sql(f"SELECT bookonce.book_slot('class:Yoga', {at(4, 18)}, 'Team', 12)")
    for person in (ann, ben):
        person.open(WEEK, "class")
        person.until(lambda: person.one(f"{friday} .left").text == "Full")
    ann.click(f"{friday} .take button")
    assert "number 1 in line for Yoga" in ann.told()[1], ann.told()
    ben.until(lambda: ben.one(f"{friday} .line li").text == "Ann", "ben does not see who waits")
    ben.click(f"{friday} .take button")
    assert "number 2 in line" in ben.told()[1], ben.told()
    ann.until(lambda: [one.text for one in ann.find(f"{friday} .line li")][1:] == ["Ben"])
    assert "You are number 1" in ann.one(f"{friday} .line .mine").text
    ann.click(f"{friday} .line button")
    assert "out of the line" in ann.told()[1], ann.told()
    ben.until(lambda: "You are number 1" in ben.one(f"{friday} .line .mine").text, "nobody has moved up")
    # The place that is given back is held for the first in line, in the same commit.
    unit = f"SELECT booking_id FROM bookonce.live_booking WHERE holder = 'Team' AND during = {at(4, 18)} LIMIT 1"
    sql(f"SELECT bookonce.cancel_booking(({unit}))")
    ben.until(lambda: ben.find(".hold"), "no place is offered")
    ben.until(lambda: "1:" in ben.one(".hold .ring").text or "2:00" in ben.one(".hold .ring").text)
    ben.until(lambda: "Ben is offered Yoga" in ben.one("#feed").text)
    ann.until(lambda: ann.one(f"{friday} .left").text == "Full")
    ben.click_when("Confirm")
    assert "Confirmed: Yoga" in ben.told()[1], ben.told()
    assert sql(f"SELECT count(*) FROM bookonce.live_booking WHERE holder = 'Ben' AND during = {at(4, 18)}") == "1"


def test_a_place_that_nobody_confirms_goes_on_in_line(ann, ben):
    wednesday = "#sessions .card:nth-child(2)"
    sql(f"SELECT bookonce.book_slot('class:Yoga', {at(2, 18)}, 'Team', 12)")
    for person in (ann, ben):
        person.open(WEEK, "class")
        person.until(lambda: person.one(f"{wednesday} .left").text == "Full")
        person.click(f"{wednesday} .take button")
        assert "in line for Yoga" in person.told()[1], person.told()
    unit = f"SELECT booking_id FROM bookonce.live_booking WHERE holder = 'Team' AND during = {at(2, 18)} LIMIT 1"
    sql(f"SELECT bookonce.cancel_booking(({unit}))")
    ann.until(lambda: ann.find(".hold"), "no place is offered")
    sql(f"UPDATE bookonce.booking SET lapses_at = clock_timestamp() - interval '1 second' WHERE holder = 'Ann' "
        f"AND during = {at(2, 18)} AND status = 'held'")
    ben.until(lambda: ben.find(".hold"), "the next in line is not offered the place")
    ann.until(lambda: not ann.find(".hold"), "the offer stays")
    ben.click_when("Let go")
    assert "Given back" in ben.told()[1], ben.told()


def test_two_couriers_accept_one_job(ann, ben):
    for person in (ann, ben):
        person.open(WEEK, "dispatch")
    ann.choose("#job [name=places]", "1")
    ann.click("#job .go")
    assert "All couriers were asked" in ann.told()[1]
    for person in (ann, ben):
        person.until(lambda: len(person.find(".phone article.open")) == 4)
    accept = ".phone:nth-child({}) .go"
    offer = sql("SELECT offer_id FROM bookonce.list_provider_offers('courier:Olga')")
    with standing_in_the_way(f"SELECT bookonce.accept_offer('{offer}', 'courier:Olga')", "ROLLBACK") as waits:
        ann.click(accept.format(1))
        ben.click(accept.format(2))
        waits(2)
    is_a_race([ann, ben], "has the job", "others were faster")
    for person in (ann, ben):
        person.until(lambda: person.one("#jobs .count").text == "all there")
        person.until(lambda: len(person.find(".phone article.accepted")) == 1)


def test_bad_input_is_refused_in_words(ann, _):
    sane = slot_of(4, 9)
    bad = [{**sane, **change} for change in (
        {"me": ""}, {"me": " "}, {"me": 7}, {"me": "x" * 61}, {"me": "a\u0000b"}, {"me": None}, {"places": 0},
        {"places": 9}, {"places": 1.5}, {"places": 2 ** 70}, {"hold": -1}, {"hold": 901}, {"minutes": 0},
        {"minutes": 20}, {"minutes": 481}, {"start": "soon"}, {"start": "2035-01-05T09:07:00Z"}, {"start": ""},
        {"resource": "courier:Mira"}, {"key": ""}, {"key": "k" * 101})]
    bad += [{name: sane[name] for name in sane if name != left_out} for left_out in sane]
    for body in bad + [[], "", 1, None]:
        status, answer = post(ann.address, "book", body)
        assert status == 400 and answer["words"].endswith("."), (body, status, answer)
    for raw in (b"", b"{", b'{"me": "\xff"}', b"[" * 5000):
        assert post(ann.address, "book", raw)[0] == 400, raw
    assert post(ann.address, "book", {**sane, "resource": "room:None"})[0] == 404
    assert post(ann.address, "book", b"x" * 20000)[0] == 413
    assert post(ann.address, "book", sane, {"Content-Type": "text/plain"})[0] == 415
    assert post(ann.address, "book", sane, {"Host": "evil.example"})[0] == 403
    assert post(ann.address, "cancel", {"booking": "no-id", "me": "Ann"})[0] == 400
    assert get(ann.address, "/api/week?from=2035-01-02")[0] == 400
    assert get(ann.address, "/../main.cpp")[0] == 404
    plain = get(ann.address, "/")
    assert get(ann.address, "/", {"Accept-Encoding": "gzip, br"}) == plain, "what is compressed comes late"
    assert sql(f"SELECT count(*) FROM bookonce.list_bookings('{{room:Atlas}}', {at(4, 9)})") == "0"
    status, answer = post(ann.address, "book", slot_of(6, 9))
    assert (status, answer["outcome"]) == (200, "closed") and "is closed" in answer["words"]
    first = post(ann.address, "book", sane)[1]
    assert post(ann.address, "book", sane)[1] == first, "the same click again is the same booking"
    stranger = sql("SELECT booking_id FROM bookonce.live_booking WHERE holder = 'Zoe'")
    status, answer = post(ann.address, "cancel", {"booking": stranger, "me": "Ann"})
    assert status == 404 and "not yours" in answer["words"]


# Each text's colour against the nearest ground that is not transparent, by WCAG 2; and each control's name.
ACCESSIBLE = """
const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
  .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const complaints = [];
const isSeen = (one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true });
for (const one of document.body.querySelectorAll('*')) {
  const text = [...one.childNodes].filter((n) => n.nodeType === 3).map((n) => n.textContent.trim()).join('');
  if (!text || !isSeen(one) || one.closest('.unseen, noscript, option')) continue;
  let ground = one;
  while (ground && parse(getComputedStyle(ground).backgroundColor)[3] === 0) ground = ground.parentElement;
  const [a, b] = [getComputedStyle(one).color, getComputedStyle(ground ?? document.body).backgroundColor]
    .map((colour) => light(parse(colour))).sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < 4.5) complaints.push(`${text.slice(0, 40)}: contrast ${ratio.toFixed(2)}`);
}
for (const one of document.querySelectorAll('button, input, select, a, [role=grid], dialog, section, aside, nav')) {
  if (!isSeen(one)) continue;
  const name = one.getAttribute('aria-label')
    || document.getElementById(one.getAttribute('aria-labelledby'))?.textContent || one.labels?.[0]?.textContent
    || (/BUTTON|^A$/.test(one.tagName) && one.textContent);
  if (!name?.trim()) complaints.push(`no name: ${one.outerHTML.slice(0, 80)}`);
}
if (document.querySelectorAll('h1').length !== 1 || !document.documentElement.lang) complaints.push('no h1 or lang');
return complaints;
"""


def test_accessible_and_narrow(ann, _):
    for scheme in (False, True):
        ann.dark(scheme)
        for view in ("rooms", "class", "dispatch"):
            ann.open(WEEK, view)
            complaints = ann.run(ACCESSIBLE)
            assert not complaints, (view, scheme, complaints)
            ann.screen(*PHONE)
            wide = ann.run("return [document.documentElement.scrollWidth, innerWidth]")
            assert wide == [375, 375], (view, wide)
            small = ann.run("return [...document.querySelectorAll('main button, main select')].filter((b) =>"
                            "b.checkVisibility() && b.getBoundingClientRect().height < 24).map((b) => b.outerHTML)")
            assert not small, small
            ann.screen(*DESKTOP)
    ann.dark(False)


def test_nothing_in_the_console(ann, ben):
    for person in (ann, ben):
        lines = [line["message"] for line in person.driver.get_log("browser")]
        assert not lines, lines


def test_without_the_guard_nothing_is_booked(ann, _):
    """The desk is honest even then: the library refuses, and the page says that something is wrong."""
    ann.open(WEEK)
    sql("ALTER TABLE bookonce.booking DROP CONSTRAINT booking_no_overlap")
    ann.click(ann.slot(4, 15))
    refused, words = ann.told()
    assert refused and "cannot do that at the moment" in words, words
    assert ann.label(ann.slot(4, 15)).endswith("free")


def slot_of(day, hour, me="Zoe"):
    return {"resource": "room:Atlas", "start": f"2035-01-0{1 + day}T{hour:02}:00:00Z", "minutes": 60, "places": 1,
            "hold": 0, "me": me, "key": f"check:{day}:{hour}"}


def post(address, call, body, headers=None):
    """What the desk answers to any program: (status, JSON)."""
    link = http.client.HTTPConnection(address.split("/")[2], timeout=PATIENCE)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    link.request("POST", f"/api/{call}", raw, {"Content-Type": "application/json", **(headers or {})})
    answer = link.getresponse()
    return answer.status, json.loads(answer.read())


def get(address, path, headers=None):
    link = http.client.HTTPConnection(address.split("/")[2], timeout=PATIENCE)
    link.request("GET", path, headers=headers or {})
    answer = link.getresponse()
    return answer.status, answer.read()


def take_pictures(ann, ben):
    """A week as it may look, light and dark, and on a phone."""
    rows = [(0, 9, 2, "Design review"), (0, 14, 1, "Kim"), (1, 10, 1, "Ben"), (1, 13, 2, "Board"), (2, 9, 1, "Priya"),
            (2, 11, 1, "Lucas"), (2, 15, 1, "Ann"), (3, 14, 3, "Sales"), (4, 10, 1, "Noor"), (4, 13, 1, "Ann"),
            (5, 9, 2, "Interviews")]
    for day, hour, long, holder in rows:
        sql(f"SELECT bookonce.book_slot('room:Atlas', {at(day + 7, hour, long)}, '{holder}')")
    for day, holder, places in ((0, "Ben", 1), (0, "Kim", 2), (0, "Priya", 1), (2, "Lucas", 1), (2, "Team Birch", 6),
                                (2, "Noor", 1), (2, "Ann", 2), (4, "Priya", 1), (4, "Ann", 1)):
        sql(f"SELECT bookonce.book_slot('class:Yoga', {at(day + 7, 18)}, '{holder}', {places})")
    global WEEK
    WEEK = "2035-01-08"
    for person in (ann, ben):
        person.open(WEEK)
    ben.click("input[name=mode][value='120']")
    ben.click(ben.slot(3, 10))
    ann.click("input[name=mode][value='120']")
    ann.click(ann.slot(1, 15))
    ann.until(lambda: ann.find(".hold"))
    ann.until_label(ann.slot(3, 10), "held by Ben")
    for hour, name, is_dark in ((9, "desk_light", False), (16, "desk_dark", True)):
        ann.dark(is_dark)
        with standing_in_the_way(f"SELECT bookonce.book_slot('room:Atlas', {at(4, hour)}, 'Gia')", "COMMIT") as waits:
            ann.click(ann.slot(4, hour))
            waits(1)
        ann.until_label(ann.slot(4, hour), "booked by Gia")
        ann.told()
        ann.picture(name, with_words=True)
    ann.dark(False)
    ann.screen(*PHONE)
    ann.run("document.querySelector('#days button:nth-child(2)').click(); scrollTo(0, 0)")
    ann.picture("phone")
    ann.screen(*DESKTOP)
    for view in ("class", "dispatch"):
        ann.open(WEEK, view)
        if view == "dispatch":
            for hour in ("9", "13"):
                ann.choose("#job [name=hour]", hour)
                ann.click("#job .go")
                ann.told()
            ann.click(".phone:nth-child(1) article:nth-of-type(1) .go")
            ann.told()
            ann.click(".phone:nth-child(3) article:nth-of-type(1) .go")
            ann.told()
        ann.picture(view)
        ann.dark(True)
        ann.picture(f"{view}_dark")
        ann.screen(*PHONE)
        ann.picture(f"{view}_phone")
        ann.screen(*DESKTOP)
        ann.dark(False)


def figures(ann):
    """How long the page takes from the click on a link to the drawn week."""
    sql(f"SELECT bookonce.book_slot('room:' || room, tstzrange(t, t + interval '1 hour'), 'user ' || n) "
        f"FROM unnest('{{Atlas,Birch,Cedar,Dune}}'::text[]) AS room, generate_series(0, 3499) AS n, "
        f"LATERAL (SELECT '{WEEK}'::timestamptz + make_interval(days => n / 10, hours => 8 + n % 10)) AS l(t)")
    sql("VACUUM ANALYZE")
    took = []
    for _ in range(15):
        ann.open(WEEK)
        took.append(ann.run("return performance.getEntriesByName('drawn')[0].startTime"))
    bookings = sql("SELECT count(*) FROM bookonce.live_booking")
    print(f"{bookings} bookings, {len(ann.find('.slot.booked'))} in the week: drawn after {sorted(took)[7]:.0f} ms "
          f"(median of 15; slowest {max(took):.0f} ms)")


def main():
    os.makedirs(PICTURES, exist_ok=True)
    server = subprocess.Popen(["examples/desk/run"], stdout=subprocess.PIPE, text=True)
    address = server.stdout.readline().split()[4]
    ann, ben = Browser(address, "Ann"), Browser(address, "Ben")
    failed = 0
    try:
        if sys.argv[1:] == ["--figures"]:
            figures(ann)
            return 0
        tests = [test for name, test in globals().items() if name.startswith("test_")]
        for test in [*tests[:-1], take_pictures, tests[-1]]:
            try:
                if test != take_pictures:
                    ann.open(WEEK)
                    ben.open(WEEK)
                test(ann, ben)
                print(f"ok - {test.__name__.removeprefix('test_').replace('_', ' ')}", flush=True)
            except Exception:  # whatever it was, the others are still worth a run
                failed += 1
                print(f"not ok - {test.__name__}\n" + "".join(f"# {line}\n" for line in
                      traceback.format_exc().splitlines()), flush=True)
                ann.driver.save_screenshot(f"{PICTURES}/failed_{test.__name__}.png")
        server.send_signal(signal.SIGINT)
        code = server.wait(PATIENCE)
        ann.until(lambda: ann.find("#link.lost"), "the page does not see that the desk has closed")
        is_clean = code == 0 and sql("SELECT count(*) FROM bookonce.event_lag") == "0"
        print(f"{'ok' if is_clean else 'not ok'} - the desk closes on Ctrl-C and leaves no consumer behind", flush=True)
        return 1 if failed or not is_clean else 0
    finally:
        for person in (ann, ben):
            person.close()
        server.kill()


sys.exit(main())
