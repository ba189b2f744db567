# BookonceModelStorm.pm: the random slots of model.pl, and its parallel part: several clients walk at once over the same
# few hours, and the rows at the end must fit their answers and the rules.
#
# SPDX-License-Identifier: PostgreSQL
package BookonceModelStorm;

use strict;
use warnings;
use Exporter 'import';
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(@names pick chance slot storm);
our @names = ('plain:1', 'plain:2', 'class', 'van', 'course');
my $clients = 8;

sub pick { return $_[ int rand @_ ] }
sub chance { return rand() < $_[0] }
sub slot
{
    my $start = 8 + int rand 40;
    $start += 96 if chance(0.2);
    my $name = pick(@names);
    return {
        resource => $name,
        start => $start,
        end => $start + 1 + int rand 8,
        quantity => chance(0.2) ? 2 : 1,
        overlap => 0
    };
}

my $some_id = '(SELECT booking_id FROM bookonce.live_booking ORDER BY random() LIMIT 1)';
my $some_group = '(SELECT group_id FROM bookonce.live_booking WHERE group_id IS NOT NULL ORDER BY random() LIMIT 1)';
sub quoted { my ($s) = @_; return sprintf "'%s', at(%d, %d)", @$s{qw(resource start end)} }
sub near { my $s = slot(); $s->{quantity} = 1 if $s->{resource} ne 'class'; return $s }
sub call
{
    my (@shared) = @_;
    my $s = near();
    my $n = int rand @shared;
    my $hold = pick('NULL', "'1 hour'", "'20 milliseconds'");
    my $many = join ', ',
        map { my $m = near(); "ROW(@{[quoted($m)]}, $m->{quantity}, NULL, NULL, NULL)" } 1 .. 1 + int rand 3;
    my %call = (
        keyed => [ "'shared:" . ($n + 1) . "'", "book_slot($shared[$n])" ],
        single => [ "''", sprintf "book_slot(%s, 'u', %d, %s)", quoted($s), $s->{quantity}, $hold ],
        all => [ "'all'", "book_slots(ARRAY[$many]::bookonce.slot_request[], 'u', $hold)" ],
        each => [ "''", "book_slots(ARRAY[$many]::bookonce.slot_request[], 'u', $hold, false)" ],
        any => [
            "''", sprintf "book_any_slot(ARRAY['plain:1', 'class', 'van'], at(%d, %d), 'u', '%s', %d, %s)",
            @$s{qw(start end)}, pick('first', 'least_booked'),
            $s->{quantity}, $hold
        ],
        cancel => [ "''", "cancel_booking($some_id)" ],
        confirm => [ "''", "confirm_booking($some_id)" ],
        move => [ "''", sprintf "reschedule_booking($some_id, at(%d, %d), '%s')", @$s{qw(start end resource)} ],
        cancel_group => [ "''", "cancel_group($some_group)" ],
        confirm_group => [ "''", "confirm_group($some_group)" ],
        move_group => [ "''", "reschedule_group($some_group, '@{[pick(-30, 15, 60)]} minutes')" ],
        change => [ "''", "change_booking($some_id, 'w')" ],
        check_in => [ "''", "check_in($some_id)" ],
        firm => [ "''", "confirm_booking($some_id, exclusive => true)" ]);
    my ($tag, $verb) = @{
        $call{
            pick(
                ('keyed') x 4, ('single') x 4, ('all') x 4, ('each') x 3, 'any', 'any',
                ('cancel') x 3, 'confirm', ('move') x 3, 'cancel_group', 'cancel_group', 'confirm_group',
                'move_group', 'move_group', 'change', 'firm', 'check_in') } };
    return "SELECT $tag, outcome, replayed, booking_id, group_id, cardinality(units) FROM bookonce.$verb;\n";
}
sub change
{
    my $capacity = 2 + int rand 3;
    return "SELECT bookonce.define_resource('class', $capacity) \\g /dev/null\n";
}

# Each client has its own list of calls; all clients make the same sixty keyed calls.
sub storm
{
    my ($node, $calls) = @_;
    $node->safe_psql(
        'postgres',
        "TRUNCATE bookonce.booking; SELECT bookonce.set_holder_rule('both');
            SELECT bookonce.set_booking_limit('course', 'day', 4);
           SELECT bookonce.define_resource(r, CASE r WHEN 'class' THEN 3 ELSE 1 END, buffer_after => CASE r WHEN 'van'
               THEN interval '15 minutes' ELSE '0' END, check_in_within => CASE r WHEN 'van' THEN interval '1 hour' END)
                   FROM unnest('{plain:1,plain:2,class,van,course}'::text[]) AS r;
           SELECT bookonce.reopen_resource(array_agg(closure_id)) FROM bookonce.closure HAVING count(*) > 0;
           SELECT bookonce.close_resource('{plain:2}', at(10, 16))"
    );
    $node->safe_psql('postgres', "SELECT bookonce.set_holder_rule('both', '{class,van}', max_at_once => 2)")
        if chance(0.5);
    my @shared = map {
        my $s = near();
        sprintf "%s, 'u', %d, %s, idempotency_key => 'shared:$_'", quoted($s), $s->{quantity}, chance(0.5)
            ? "'1 hour'"
            : 'NULL'
    } 1 .. 60;
    my @walks;
    for my $client (1 .. $clients) {
        my $file = "$PostgreSQL::Test::Utils::tmp_check/walk_$client.sql";
        append_to_file($file, join '', map { chance(0.01) ? change() : call(@shared) } 1 .. $calls);
        my ($out, $err) = ('', '');
        my $run =
            IPC::Run::start(
            [ 'psql', '-XqAt', '-v', 'VERBOSITY=sqlstate', '-d', $node->connstr('postgres'), '-f', $file ],
            '>', \$out, '2>', \$err);
        push @walks, [ $run, \$out, \$err ];
    }
    $_->[0]->finish for @walks;

    # These errors are caused by the walk itself: NULLs if there was no live booking to change, and capacities too low
    # for what is booked.
    my @unexpected = grep { !/ERROR:  (22004|OB005)$/ } map { split /\n/, ${ $_->[2] } } @walks;
    is(join("\n", @unexpected), '', 'no call fails');
    my (%units, %first, %same);
    for my $line (map { split /\n/, ${ $_->[1] } } @walks) {
        my ($tag, $outcome, $replayed, $id, $group, $count) = split /\|/, $line, -1;
        next if $outcome ne 'booked';
        my $name = $group || $id; # for a party that has shrunk to one unit, a repeated call also returns that unit's id
        $same{$tag}{$name} = 1 if $tag =~ /shared/;
        next if $replayed eq 't';
        $first{$tag}++ if $tag =~ /shared/;
        $units{ $group || $id } += $count;
    }
    is( join(' ',
            map { "$_ @{[sort keys %{ $same{$_} }]}" }
            grep { keys %{ $same{$_} } != 1 || $first{$_} != 1 } sort keys %same),
        '',
        'a key is booked once, and every repeat names that booking');
    cmp_ok(scalar(keys %same), '>', 0, 'keys were booked');
    my %there = map { split /\|/ } split /\n/,
        $node->safe_psql('postgres',
        'SELECT coalesce(group_id, booking_id), count(*) FROM bookonce.booking GROUP BY 1');
    is(join(' ', grep { ($there{$_} // 0) != $units{$_} } sort keys %units), '', 'each answer has its rows');
    is(join(' ', grep { !$units{$_} } sort keys %there), '', 'each row belongs to an answer');
    is($node->safe_psql('postgres', <<'SQL'), '', 'at no instant is more taken than there is, and limits are kept');
SELECT 'overbooked', b.resource, b.during FROM bookonce.live_booking AS b
JOIN bookonce.resource AS r USING (tenant, resource)
WHERE (SELECT count(*) FROM bookonce.booking AS o WHERE o.resource_id = r.resource_id AND o.released_at IS NULL
    AND o.blocks @> lower(b.blocks)) > r.capacity OR b.unit > r.capacity
UNION ALL
SELECT 'over the limit', 'course', NULL FROM bookonce.live_booking WHERE resource = 'course'
GROUP BY date_trunc('day', lower(during)) HAVING count(*) > 4
UNION ALL
SELECT 'closed', b.resource, b.during FROM bookonce.live_booking AS b
JOIN bookonce.resource AS r USING (tenant, resource)
JOIN bookonce.closure AS c USING (resource_id) WHERE c.during && b.during
UNION ALL
SELECT problem, id, NULL FROM bookonce.check_integrity()
SQL
}

1;
