# standby_conflict.pl: sessions that only read ask a standby, and recovery is in a hurry: what the primary has vacuumed,
# locked or dropped cancels the query in the midst of the call. The caller gets 40001, which says to ask again, and the
# next answer is that of the primary.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my $primary = new_server('primary', init => { allows_streaming => 1 }, conf => "fsync = off\n");
query($primary, <<'SQL');
SELECT bookonce.define_resource('pool', 3, '10 minutes'), bookonce.set_opening_hours('pool', 1, '{08:00}', '{20:00}');
SELECT bookonce.book_slot(r, tstzrange(t, t + interval '1 hour'), 'u', idempotency_key => r || n)
FROM unnest(ARRAY['room:1', 'pool']) AS r, generate_series(1, 200) AS n,
    LATERAL (SELECT timestamptz '2030-01-07 00:00Z' + n * interval '2 hours') AS x(t);
SELECT bookonce.make_offers(request_id, ARRAY['pool'])
FROM bookonce.open_request('[2030-01-07 08:00+00, 2030-01-07 09:00+00)', 1, 'c');
SQL
$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
# Nobody is waited for. The primary does not hear of the queries here, or it would keep what they see.
$standby->append_conf('postgresql.conf', "jit = off\nmax_standby_streaming_delay = 0\nhot_standby_feedback = off\n");
$standby->start;

# Calls that only read, each an answer and, to be in its midst, so often that it does not end by itself. The answers are
# counted, for a call whose answer nobody wants is not made.
my $week = "'[2030-01-07 00:00+00, 2030-01-14 00:00+00)'";
my %calls = (
    free_slots => "SELECT count(*), min(lower(f)) FROM bookonce.free_slots('pool', $week, '1 hour') AS f",
    free_time => "SELECT bookonce.free_time('room:1', $week)",
    check_integrity => 'SELECT count(*) FROM bookonce.check_integrity()',
    check_slot_index => 'SELECT count(*) FROM bookonce.check_slot_index()',
    live_booking => 'SELECT count(*), min(lower(during)) FROM bookonce.live_booking',
    offer_status => 'SELECT count(*) FROM bookonce.offer_status');

# The changes on the primary.
my $key = 0;
my %deeds = (
    'cancels and vacuums' => sub {
        $key++;
        my $id = "(SELECT booking_id FROM bookonce.booking WHERE idempotency_key = 'room:1$key')";
        query($primary, "SELECT bookonce.cancel_booking($id); SELECT bookonce.expire_holds()");
        query($primary, 'UPDATE bookonce.resource SET capacity = capacity');
        query($primary, 'VACUUM bookonce.booking, bookonce.resource');
    },
    'adds a column' => sub {
        query($primary,
            "ALTER TABLE bookonce.$_ ADD COLUMN IF NOT EXISTS note text; ALTER TABLE bookonce.$_ DROP COLUMN note")
            for qw(booking offer);
    },
    'rewrites the tables' => sub { query($primary, "VACUUM FULL bookonce.$_") for qw(booking offer) });

my $reader = session($standby);
my $went_on = 0;
for my $name (sort keys %calls) {
    my $call = $calls{$name};
    for my $what (sort keys %deeds) {
        $primary->wait_for_catchup($standby);
        my $endless = "SELECT count(c) FROM (SELECT generate_series(1, 1000000000) AS n) AS g,
                LATERAL ($call OFFSET (n - n)) AS c";
        $reader->tell($endless);
        # In the midst of the call, that is: it has a snapshot from its planning on, and only the call itself locks
        # tables.
        $standby->poll_query_until(
            'postgres',
            'SELECT count(*) = 1 FROM pg_stat_activity AS a WHERE a.pid = '
                . $reader->pid
                . " AND a.state = 'active' AND a.backend_xmin IS NOT NULL AND EXISTS (SELECT FROM pg_locks AS l
                    WHERE l.pid = a.pid"
                . " AND l.relation IN ('bookonce.booking'::regclass, 'bookonce.offer'::regclass))"
        ) or die 'the query does not begin';
        $deeds{$what}->();
        # A second conflict, met before the first one is dealt with, ends the session: PostgreSQL says 40001 of that,
        # too.
        my $said = eval { $reader->answer } // $reader->{out};
        like($said, qr/^(psql:\S+ )?(ERROR|FATAL):  40001$/m, "$name: the primary $what, the query is cancelled");
        $primary->wait_for_catchup($standby);
        my $again = $said eq 'ERROR:  40001' ? eval { $reader->ask($call) } : undef;
        $went_on++ if defined $again;
        $again //= ($reader = session($standby))->ask($call);
        is($again, query($primary, $call), '.. and the next answer is the primary\'s');
    }
}
cmp_ok($went_on, '>', 0, 'in some cases the same session gave it');
is(query($standby, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), '0', 'no lock stays');
unlike(slurp_file($standby->logfile), qr/PANIC|terminated by signal|XX00\d/, 'no crash and no internal error');
$reader->quit;
$standby->stop;
$primary->stop;
done_testing();
