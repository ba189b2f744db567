# Matrix.pm: the matrix of measurements: the peers, the workloads, and the pgbench script of each cell.
#
# To know first: `$n` is a number that no call before has used. Spread slots are a random permutation of it, so all of
# them are free and no two are the same; the bookings loaded before lie on the even hours, the new ones on the odd hours
# between. A hot resource is a new one in each cell.
# SPDX-License-Identifier: PostgreSQL
package Matrix;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT_OK = qw(%peers @workloads $reference $hours $special_resources $places $count_on at_rows);

our $reference = 'on_conflict'; # of the ratios; a workload may name another
our $hours = 10_000; # odd ones in the calendar over which the bookings are spread
our $special_resources = 100; # with rules, and as many with places, apart from the others
our $places = 10;

# The report's words for each peer, in its order, and the table that holds the peer's bookings.
our %peers = (
    floor => { order => 1, title => 'no guard', table => 'unguarded' },
    bare => { order => 2, title => 'bare constraint', table => 'guarded' },
    on_conflict => { order => 3, title => 'ON CONFLICT', table => 'guarded' },
    for_update => { order => 4, title => 'SELECT FOR UPDATE', table => 'indexed' },
    serializable => { order => 5, title => 'SERIALIZABLE', table => 'indexed' },
    advisory => { order => 6, title => 'advisory lock', table => 'indexed' },
    bookonce => { order => 7, title => 'bookonce', table => 'bookonce.booking' },
    arguments => { order => 8, title => 'no call, its arguments alone', table => 'unguarded' },);

# The SQL of each peer for one booking of resource :r at hour :h. The key is text, made by the server for all of them.
my $any_key = 'md5(random()::text)';
my $columns = '(resource_id, during, blocks, holder, idempotency_key)';
sub row { my ($key) = @_; return "VALUES (:r, slot(:h), slot(:h), 'h', $key)"; }

sub check_then_insert
{
    my ($begin, $lock) = @_;
    return "$begin;\n"
        . "SELECT count(*) AS found FROM (SELECT FROM indexed WHERE resource_id = :r AND unit = 1 AND blocks && slot(:h)
            AND released_at IS NULL $lock) AS o \\gset\n"
        . "\\if :found = 0\nINSERT INTO indexed $columns " . row($any_key) . ";\n\\endif\nCOMMIT;\n";
}

my %book = (
    floor => "INSERT INTO unguarded $columns " . row($any_key) . ";\n",
    bare => "INSERT INTO guarded $columns " . row($any_key) . ";\n",
    on_conflict => "INSERT INTO guarded $columns " . row($any_key) . " ON CONFLICT DO NOTHING;\n",
    for_update => check_then_insert('BEGIN', 'FOR UPDATE'),
    serializable => check_then_insert('BEGIN ISOLATION LEVEL SERIALIZABLE', ''),
    advisory => "SELECT lock_check_insert(:r, slot(:h), $any_key);\n",
    bookonce => "SELECT outcome FROM bookonce.book_slot('r' || :r, slot(:h), 'h', idempotency_key => $any_key);\n",);

# Where some bookings are refused, the bare constraint's client has to catch 23P01.
my %contend = (%book, bare => "SELECT insert_or_catch(:r, slot(:h), $any_key);\n");
delete $contend{floor};
my %refuse = (%contend, arguments => "SELECT 'r' || :r, slot(:h), 'h', $any_key;\n");

my %repeat = (
    bare => "SELECT insert_or_catch(:r, slot(:h), 'again:' || :r);\n",
    on_conflict => "INSERT INTO guarded $columns " . row("'again:' || :r") . " ON CONFLICT DO NOTHING;\n",
    bookonce =>
        "SELECT outcome FROM bookonce.book_slot('r' || :r, slot(:h), 'h', idempotency_key => 'again:' || :r);\n",
    arguments => "SELECT 'r' || :r, slot(:h), 'h', 'again:' || :r;\n",);

# Forty minutes of the hour: the buffers of the resource take the rest.
my $between = "tstzrange(lower(slot(:h)) + '10 minutes', upper(slot(:h)) - '10 minutes'::interval)";
my %by_rules = (
    advisory => "SELECT book_by_rules(:r, $between, $any_key);\n",
    bookonce => "SELECT outcome FROM bookonce.book_slot('r' || :r, $between, 'h', idempotency_key => $any_key);\n",);

my %place = (
    advisory => "SELECT book_place(:r, slot(:h), $any_key);\n",
    bookonce => $book{bookonce},);

my %hold_and_confirm = (
    on_conflict => "INSERT INTO guarded (resource_id, during, blocks, holder, idempotency_key, status, lapses_at) "
        . "VALUES (:r, slot(:h), slot(:h), 'h', $any_key, 'held', clock_timestamp() + '10 minutes')
            ON CONFLICT DO NOTHING RETURNING booking_id \\gset\n"
        . "UPDATE guarded SET status = 'confirmed', lapses_at = NULL WHERE tenant = 'default'
            AND booking_id = :booking_id AND status = 'held' AND lapses_at > clock_timestamp();\n",
    bookonce => "SELECT booking_id FROM bookonce.book_slot('r' || :r, slot(:h), 'h', hold_for => '10 minutes',
            idempotency_key => $any_key) \\gset\n"
        . "SELECT outcome FROM bookonce.confirm_booking(:booking_id);\n",);

my $batch_rows =
    "SELECT 1 + (:first + m) % :resources, slot(:h), slot(:h), 'h', $any_key FROM generate_series(1, 1000) AS m";
my %batch = (
    floor => "INSERT INTO unguarded $columns $batch_rows;\n",
    on_conflict => "INSERT INTO guarded $columns $batch_rows ON CONFLICT DO NOTHING;\n",
    bookonce =>
        "SELECT count(*) FROM bookonce.book_slots(ARRAY(SELECT ROW('r' || 1 + (:first + m) % :resources, slot(:h), 1,
            'h', $any_key, NULL)::bookonce.slot_request "
        . "FROM generate_series(1, 1000) AS m), all_or_nothing => false);\n",);

my %accept = (
    on_conflict => "SELECT accept_by_hand(id_of(:n), :r);\n",
    bookonce => "SELECT outcome FROM bookonce.accept_offer(id_of(:n), 'r' || :r);\n",);

# Which slot :n stands for: one among all resources and the whole calendar, or an hour of the resource :r.
my $count = "\\set n :base + :i * :clients + :client_id\n";
my $spread =
    "$count\\set s permute(:n, :resources * $hours, 4711)\n\\set r 1 + :s % :resources\n\\set h 2 * (:s / :resources) "
    . "+ 1\n";
my $own_hour = "$count\\set h :n\n";
my $one_hour = "\\set h 1\n";
my $special = "$count\\set s permute(:n, $special_resources * $hours * $places, 4711)\n"
    . "\\set h 1 + :s / $special_resources % $hours\n\\set r 1 + :s % $special_resources + ";
my $batch_hour = "$count\\set h 2 * ($hours + permute(:n, 100000, 4711)) + 1\n\\set first :n * 1000 % :resources\n";
my $offer = "$count\\set r 1 + :n % :resources\n";
# Counted after the call, so that when pgbench repeats a failed call it tries for the same slot.
our $count_on = "\\set i :i + 1\n";
my $on_offer = "SELECT floor(extract(epoch FROM clock_timestamp()) * 10)::bigint - :opened AS h \\gset\n";

# A workload with `calls` makes as many calls a round as the form says; one without, or which the form does not name,
# lasts for the form's seconds. `sizes` are the numbers of rows that it is run at (default: the middle one). `each` is
# how many bookings one call counts for. `booked` is how many bookings each call must have made on average.
our @workloads = ({
        name => 'spread',
        title => 'Spread bookings',
        clients => 2,
        set => $spread,
        scripts => \%book,
        calls => 'spread',
        sizes => 'all',
        booked => 1,
        what => 'random resources and hours, all free'
    },
    {
        name => 'spread_durable',
        title => 'Spread bookings, durable',
        clients => 16,
        durable => 1,
        set => $spread,
        scripts => \%book,
        calls => 'spread',
        booked => 1,
        what => 'the same with a commit that waits for the disk'
    },
    {
        name => 'hot_slot',
        title => 'One hot slot',
        clients => 16,
        durable => 1,
        set => $on_offer,
        scripts => \%contend,
        own_resource => 1,
        calls => 'sale',
        offers => 1,
        latency => 1,
        what => 'as in a sale: a new slot is on offer each 100 ms, and all clients ask which and try for it'
    },
    {
        name => 'hot_resource',
        title => 'One hot resource, different times',
        clients => 16,
        durable => 1,
        set => $own_hour,
        scripts => \%book,
        own_resource => 1,
        booked => 1,
        latency => 1,
        what => 'all clients book the same resource, each another hour'
    },
    {
        name => 'open_transaction',
        title => 'One hot resource, beside an open transaction',
        clients => 16,
        set => $own_hour,
        scripts => \%book,
        own_resource => 1,
        holder => 1,
        booked => 1,
        latency => 1,
        what => 'a caller has booked another hour of the resource and keeps its transaction open all the time'
    },
    {
        name => 'refusals',
        title => 'Refusals',
        clients => 16,
        set => $one_hour,
        scripts => \%refuse,
        own_resource => 1,
        taken => 1,
        booked => 0,
        what => 'all clients try for one slot that is taken'
    },
    {
        name => 'replays',
        title => 'Replays',
        clients => 16,
        set => $one_hour,
        scripts => \%repeat,
        own_resource => 1,
        taken => 1,
        booked => 0,
        what =>
            'all clients repeat a booking with its key; by hand it is only ignored, bookonce finds it and returns it'
    },
    {
        name => 'rules',
        title => 'Resources with rules',
        clients => 2,
        set => "$special:ruled\n",
        scripts => \%by_rules,
        against => 'advisory',
        calls => 'rules',
        booked => 1,
        what => 'hours, buffers and notice, all slots free; by hand: a function that reads the rules, locks the '
            . 'resource, looks, and inserts'
    },
    {
        name => 'rules_refused',
        title => 'Resources with rules, refused',
        clients => 16,
        set => $one_hour,
        scripts => \%by_rules,
        against => 'advisory',
        ruled_resource => 1,
        taken => 1,
        booked => 0,
        what => 'all clients try for one slot that is taken, of a resource with hours, buffers and notice'
    },
    {
        name => 'places',
        title => "Resources with $places places",
        clients => 2,
        set => "$special:roomy\n",
        scripts => \%place,
        against => 'advisory',
        calls => 'places',
        booked => 1,
        what => 'random hours, none of them full; by hand: a function that locks the resource, looks for a free place, '
            . 'and inserts'
    },
    {
        name => 'holds',
        title => 'Holds confirmed',
        clients => 2,
        set => $spread,
        scripts => \%hold_and_confirm,
        calls => 'spread',
        booked => 1,
        what => 'a hold is made and then confirmed, two calls'
    },
    {
        name => 'batches',
        title => 'Batches of 1,000',
        clients => 2,
        set => $batch_hour,
        scripts => \%batch,
        calls => 'batch',
        each => 1000,
        booked => 1000,
        what => '1,000 resources in one statement, each on its own (`all_or_nothing => false`)'
    },
    {
        name => 'accept_offer',
        title => 'Offers accepted',
        clients => 16,
        set => $offer,
        scripts => \%accept,
        calls => 'accept',
        offers_made => 1,
        booked => 0.25,
        what =>
            'eight offers for the two positions of a request, all accepted at once; by hand: one function that locks '
            . 'the request\'s row'
    },);

# A workload as it is run at that number of rows.
sub at_rows
{
    my ($workload, $rows) = @_;
    my $words = $rows >= 1e6 ? $rows / 1e6 . 'M' : $rows >= 1000 ? $rows / 1000 . 'k' : $rows;
    return { %$workload, rows => $rows, title => "$workload->{title}, $words rows" };
}

1;
