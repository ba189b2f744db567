# model.pl: random walks over all booking verbs beside a naive model (BookonceModel.pm).
#
# Serial: every verdict must be the model's, every refusal true; now and then all that is booked is compared, with its
# history, too. Parallel: several clients walk at once; what is left must fit their answers and the rules. BOOKONCE_SEED
# repeats the serial walk, which prints its last steps if it fails. BOOKONCE_STORM=N makes both N times as long.
# (long: a sub for each verb)
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use BookonceModel;
use BookonceModelArrival;
use BookonceModelHolders;
use BookonceModelHours;
use BookonceModelKinds;
use BookonceModelStorm;
use BookonceModelWaiver;
use IPC::Open2;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $steps = 4000 * ($ENV{BOOKONCE_STORM} // 1);
note "BOOKONCE_SEED=$seed $steps steps";
srand $seed;

my $node = PostgreSQL::Test::Cluster->new('model');
$node->init;
$node->append_conf('postgresql.conf',
    "fsync = off\nautovacuum = off\njit = off\ntimezone = UTC\ndeadlock_timeout = 20ms\nclient_min_messages = error\n");
$node->start;
sub query { return $node->safe_psql('postgres', $_[0]) }
query(<<'SQL');
CREATE EXTENSION bookonce;
SELECT bookonce.setup(), bookonce.keep_history();
-- A consumer that acknowledges nothing: delete_old() leaves all events.
SELECT count(*) FROM bookonce.read_events('walker');
CREATE FUNCTION q(timestamptz) RETURNS integer IMMUTABLE LANGUAGE sql AS $$
    SELECT (extract(epoch FROM $1 - '2030-01-01 00:00+00') / 900)::integer $$;
CREATE FUNCTION at(a integer, b integer) RETURNS tstzrange IMMUTABLE LANGUAGE sql AS
$$ SELECT tstzrange('2030-01-01 00:00+00'::timestamptz + a * interval '15 minutes',
    '2030-01-01 00:00+00'::timestamptz + b * interval '15 minutes') $$;
SQL

# A psql that answers one statement at a time: its rows as lists, or ['ERROR', SQLSTATE].
my $pid =
    open2(my $answers, my $questions, "psql -XqAt -v VERBOSITY=sqlstate -d '" . $node->connstr('postgres') . "' 2>&1");
sub ask
{
    my ($sql) = @_;
    my @rows;
    print $questions "$sql;\n\\echo =end=\n";
    while (defined(my $line = <$answers>)) {
        chomp $line;
        return @rows if $line eq '=end=';
        push @rows, $line =~ /^ERROR: +(\w+)/ ? [ 'ERROR', $1 ] : [ split /\|/, $line, -1 ];
    }
    die "the server is gone after: $sql\n";
}
my $columns = q{outcome, replayed, booking_id, group_id, resource, coalesce(cardinality(units), 0), q(lower(during)),
        q(upper(during)), status,
    (SELECT string_agg(q(lower(r)) || '-' || q(upper(r)), ',') FROM unnest(busy) AS r)};

my $model = BookonceModel->new;
my (@log, %met);

sub expect
{
    my ($what, $got, $wanted) = @_;
    die "$what: got $got, the model says $wanted\n" if $got ne $wanted;
}

# The quarters of the slot that the answer calls busy are those that are too full.
sub expect_busy
{
    my ($busy, $slot, $full) = @_;
    my ($from, $to) = $model->blocks($slot);
    my %busy = map {
        my ($a, $b) = split /-/;
        map { $_ => 1 } $a .. $b - 1
    } split /,/, $busy;
    expect('busy', join(' ', grep { $busy{$_} } $from .. $to - 1), join(' ', @$full));
}

# The answer's booking is in the model from now on; its rows' ids are asked of the tables.
sub keep
{
    my ($answer, $slot, %more) = @_;
    my ($id, $group, $units) = @$answer[ 2, 3, 5 ];
    expect('units', $units, $slot->{overlap} ? 0 : $slot->{quantity});
    my @rows = $model->add($slot, group => $group || undef, %more);
    my @ids = $id ? ($id) : map { $_->[0] }
        ask("SELECT booking_id FROM bookonce.booking WHERE group_id = '$group' AND member = $more{member} ORDER BY 1");
    expect('rows', scalar @ids, scalar @rows);
    $rows[$_]{id} = $ids[$_] for 0 .. $#rows;
}

# What a keyed call is answered before it is judged: 'new', 'replayed' or 'OB001'.
my @intents;
sub known
{
    my ($key, $request) = @_;
    return 'new' if !$key || !$model->{keys}{$key};
    return $model->{keys}{$key} eq $request ? 'replayed' : 'OB001';
}
sub key_of { my ($i) = @_; return $i->{key} ? "'$i->{key}'" : 'NULL' }

sub book
{
    my $i =
        chance(0.15)
        && @intents
        ? pick(@intents)
        : { slot => of_kind(slot()), hold => chance(0.5), key => chance(0.4) ? 'k' . int rand 300 : '' };
    $i->{slot}{overlap} = 1 if $i->{slot}{quantity} == 1 && chance(0.05);
    my ($s, $late) = ($i->{slot}, chance(0.03));
    my ($request) = my ($sql) = sprintf "'%s', at(%d, %d), 'u', %d, %s, %s", @$s{qw(resource start end quantity)},
        $i->{hold} ? "'1 hour'" : 'NULL', $s->{overlap} ? 'true' : 'false';
    push @intents, { %$i, slot => {%$s} } if $i->{key};
    $request .= kind_argument($s);
    my $rest = join ', ', key_of($i), ($late ? "'2001-01-01'" : 'NULL') . waive($s) . kind_argument($s);
    my ($answer) = ask("SELECT $columns FROM bookonce.book_slot($sql, NULL, $rest)");
    my $known = known($i->{key}, "one $request");
    return expect('error', "@$answer", 'ERROR OB001') if $known eq 'OB001';
    return expect('replay', "@$answer[0, 1]", 'booked t') if $known eq 'replayed';
    return expect('error', "@$answer", 'ERROR 22023') if is_unknown_kind($model, $s);
    return expect('late', $answer->[0], 'too_late') if $late;
    return expect('error', "@$answer", 'ERROR 22023')
        if $s->{quantity} > $model->{resource}{ $s->{resource} }{capacity};
    my ($verdict, $full) = $model->judge($s);
    expect('outcome', "@$answer[0, 1]", "$verdict f");
    expect_busy($answer->[9], $s, $full) if $full;
    return expect('refused', "@$answer[2, 3]", ' ') if $verdict ne 'booked';
    $model->{keys}{ $i->{key} } = "one $request" if $i->{key};
    keep($answer, $s, status => $i->{hold} ? 'held' : 'confirmed', member => 1, key => $i->{key});
}

sub book_many
{
    my @slots = of_kind(map { slot() } 1 .. 1 + int rand 4);
    my ($all, $hold, $key) = (chance(0.6), chance(0.5), chance(0.3) ? 'g' . int rand 40 : '');
    my $call = BookonceModel::new_call();
    $_->{call} = $all ? $call : BookonceModel::new_call() for @slots;
    my $quote = sub {
        my ($s, $n) = @_;
        sprintf "ROW('%s', at(%d, %d), %d, NULL, NULL, NULL)", @$s{qw(resource start end quantity)};
    };
    my $request = sprintf "ARRAY[%s]::bookonce.slot_request[], 'u', %s, %s", join(', ', map { $quote->($_) } @slots),
        $hold ? "'1 hour'" : 'NULL', $all ? 'true' : 'false';
    ($request, @slots) = @{ $model->{groups}{$key} } if $all && $key && $model->{groups}{$key} && chance(0.5);
    my $named = ($all && $key ? ", idempotency_key => '$key'" : '') . kind_argument($slots[0]);
    my @rows = ask("SELECT $columns FROM bookonce.book_slots($request$named)");
    my $known = known($all ? $key : '', "many $request$named");
    return expect('error', "@{$rows[0]}", 'ERROR OB001') if $known eq 'OB001';
    return expect('replay', join(' ', map { "$_->[0] $_->[1]" } @rows), join ' ', ('booked t') x @slots)
        if $known eq 'replayed';
    return expect('error', "@{$rows[0]}", 'ERROR 22023')
        if is_unknown_kind($model, $slots[0])
        or $rows[0][0] eq 'ERROR' && grep { $_->{quantity} > $model->{resource}{ $_->{resource} }{capacity} } @slots;
    expect('answers', scalar @rows, scalar @slots);
    my @verdicts = map { $_->[0] } @rows;
    my $problem = $all ? $model->explains_all(\@slots, \@verdicts) : $model->explains(\@slots, \@verdicts);
    expect('verdicts', "@verdicts: $problem", "@verdicts: ");
    expect(
        'refused',
        join(' ', map { @$_[ 2, 3 ] } grep { $_->[0] ne 'booked' } @rows),
        join(' ', ('', '') x grep { $_ ne 'booked' } @verdicts));
    return if !grep { $_ eq 'booked' } @verdicts;
    if ($all && $key) { $model->{keys}{$key} = "many $request$named"; $model->{groups}{$key} = [ $request, @slots ]; }
    $hold = $request =~ /'1 hour'/;
    keep($rows[$_], $slots[$_], status => $hold ? 'held' : 'confirmed', member => $_ + 1, key => $all ? $key : '')
        for grep { $verdicts[$_] eq 'booked' } 0 .. $#slots;
}

sub book_any
{
    my ($s, $how, @of) = (of_kind(slot()), pick('first', 'least_booked'), map { pick(@names) } 1 .. 3);
    my ($answer) = ask(
        sprintf "SELECT $columns FROM bookonce.book_any_slot(ARRAY['%s'], at(%d, %d), 'u', '%s', %d%s)",
        join("','", @of),
        @$s{qw(start end)}, $how, $s->{quantity}, kind_argument($s));
    return expect('error', "@$answer", 'ERROR 22023')
        if is_unknown_kind($model, $s) || !grep { $model->{resource}{$_}{capacity} >= $s->{quantity} } @of;
    my ($verdict, $name) = $model->choose(\@of, $s, $how);
    expect('any', "@$answer[0, 4]", "$verdict $name");
    keep($answer, { %$s, resource => $name }, status => 'confirmed', member => 1) if $verdict eq 'booked';
}

# The verbs on one booking. Now and then on one that is over, or on a single unit of a party.
sub some_row
{
    my @rows = @{ $model->{rows} };
    my @live = grep { BookonceModel::is_live($_) } @rows;
    return @live && chance(0.85) ? pick(@live) : pick(@rows);
}

# Now and then the caller says whose it has to be. Returns true when it is another's, of which nothing is told.
sub holder { return chance(0.8) ? '' : pick('u', 'u', 'w') }
sub named { my ($holder) = @_; return $holder ? ", holder => '$holder'" : '' }
sub is_strange
{
    my ($row, $holder, $answer) = @_;
    return 0 if !$holder || $holder eq $row->{holder};
    expect('the holder', "@$answer", 'ERROR OB003');
    return 1;
}
sub confirm
{
    my $row = some_row() or return;
    my @pre = grep { $_->{overlap} && BookonceModel::is_live($_) } @{ $model->{rows} };
    my ($holder, $firm) = (holder(), chance(0.5));
    $row = pick(@pre) if $firm && @pre && chance(0.7);
    my ($answer) =
        ask(  "SELECT $columns FROM bookonce.confirm_booking('$row->{id}'"
            . ($firm ? ', exclusive => true' : '')
            . named($holder)
            . ')');
    return if is_strange($row, $holder, $answer);
    my ($verdict, $replayed, $full) = $firm ? $model->firm($row) : $model->confirm($row);
    expect($firm ? 'firm' : 'confirm', "@$answer[0, 1]", "$verdict $replayed");
    expect_busy($answer->[9], $row, $full) if $full;
}
sub change_one
{
    my $row = some_row() or return;
    my %to = (holder => pick(undef, 'u', 'w'), details => pick(undef, 1 .. 3));
    return if !grep { defined } values %to;
    my ($answer) = ask(sprintf "SELECT $columns FROM bookonce.change_booking('%s', %s, %s)",
        $row->{id}, map { defined $_ ? "'$_'" : 'NULL' } @to{qw(holder details)});
    expect('change', "@$answer[0, 1]", join ' ', $model->change($row, %to));
}
sub extend
{
    my $row = some_row() or return;
    my $longer = chance(0.5);
    my $holder = holder();
    my ($answer) = ask(
        "SELECT $columns FROM bookonce.extend_hold('$row->{id}',
            '@{[$longer ? '3 hours' : '1 minute']}'@{[named($holder)]})"
    );
    return if is_strange($row, $holder, $answer);
    my $is = BookonceModel::status($row);
    expect(
        'extend',
        "@$answer[0, 1]",
        $is eq 'held' ? ($longer ? 'extended f' : 'extended t') : $is eq 'expired' ? 'hold_expired f' : 'not_live f');
}
sub cancel
{
    my $row = some_row() or return;
    my $holder = holder();
    my ($answer) = ask("SELECT $columns FROM bookonce.cancel_booking('$row->{id}'@{[named($holder)]})");
    return if is_strange($row, $holder, $answer);
    expect('cancel', "@$answer[0, 1]", join ' ', $model->cancel($row));
}
sub move
{
    my ($row, $s) = (some_row(), slot());
    return if !$row;
    $s->{resource} = $row->{resource} if chance(0.5);
    ($s->{start}, $s->{end}) = ($row->{start} + int(rand 5) - 2, $row->{end} + 1) if chance(0.3) && !is_over($row);
    $s->{end} = $s->{start} + 1 if $s->{end} <= $s->{start};
    my $holder = holder();
    my ($answer) = ask(
        sprintf "SELECT $columns FROM bookonce.reschedule_booking('%s', at(%d, %d), '%s'%s%s)",
        $row->{id}, @$s{qw(start end resource)},
        waive($s), named($holder));
    return if is_strange($row, $holder, $answer);
    my ($verdict, $replayed, $full) = $model->move($row, $s);
    expect('move', "@$answer[0, 1]", "$verdict $replayed");
    expect_busy($answer->[9], { %$s, kind => $row->{kind} }, $full) if $full;
}
sub swap
{
    my ($one, $other) = (some_row(), some_row());
    return if !$one || $one == $other || is_over($one) || is_over($other);
    my ($answer) = ask("SELECT $columns FROM bookonce.swap_bookings('$one->{id}', '$other->{id}')");
    expect('swap', $answer->[0], $model->swap($one, $other));
}
sub change_group
{
    my @groups = map { $_->{group} } grep { $_->{group} } @{ $model->{rows} } or return;
    my ($group, $verb, $since) = (pick(@groups), pick('confirm', 'cancel'), since());
    my @rows = ask("SELECT $columns FROM bookonce.${verb}_group('$group'" . since_argument($since) . ')');
    expect("${verb}_group", join(', ', map { "$_->[0] $_->[1]" } @rows),
        join ', ', $model->change_group($group, $verb, $since));
}

# Now and then what ends by some instant is to stay.
sub since { return chance(0.6) ? undef : 12 + int rand 36 }
sub since_argument { my ($since) = @_; return defined $since ? ", since => lower(at($since, $since + 1))" : '' }

sub move_group
{
    my @groups = map { $_->{group} } grep { $_->{group} && BookonceModel::is_live($_) } @{ $model->{rows} } or return;
    my ($group, $since) = (pick(@groups), since());
    my @count = $model->members($group, 'move', $since);
    my ($by, @to, @rows, @want) = (pick(-4, -2, -1, 1, 1, 2, 4, 96));
    my $argument = "by => '@{[15 * $by]} minutes'";
    return if grep { ($_->{group} // '') eq $group && $_->{start} + $by < 0 } @{ $model->{rows} };
    if (chance(0.4)) {
        @to = map {
                  chance(0.3) ? undef
                : chance(0.2) ? [ @{ $_->{row} }{qw(start end)} ]
                : do { my $s = slot(); [ @$s{qw(start end)} ] }
        } @count;
        $argument =
            'durings => ARRAY[' . join(', ', map { $_ ? "at($_->[0], $_->[1])" : 'NULL' } @to) . ']::tstzrange[]';
    }
    @rows = ask("SELECT $columns FROM bookonce.reschedule_group('$group', $argument" . since_argument($since) . ')');
    my @said = map { "$_->[0] $_->[1]" } @rows;
    my $place = @to ? sub { return @{ $to[ $_[1] ] // [] } } : sub {
        return map { $_ + $by } @{ $_[0] }{qw(start end)};
    };
    @want = $model->move_group($group, $since, $place, @to);
    return expect('reschedule_group', join(', ', @said) . $want[0]->(@said), join(', ', @said)) if ref $want[0];
    expect('reschedule_group', join(', ', @said), join ', ', @want);
}

# As the tables' owner: ten years pass for a call, or for some rows of it. What is wholly over goes, and its key is new.
sub years_pass
{
    my @rows = grep { !is_over($_) } @{ $model->{rows} } or return;
    my $row = pick(@rows);
    my @old = $row->{group} ? grep { ($_->{group} // '') eq $row->{group} } @rows : ($row);
    @old = pick(@old) if chance(0.3);
    my $ids = join ', ', map { "'$_->{id}'" } @old;
    my $shift = sub {
        my ($by) = "$_[0] interval '3650 days'";
        my $shifted = join ', ', map { "$_ = tstzrange(lower($_) $by, upper($_) $by)" } 'during', 'blocks';
        ask("UPDATE bookonce.booking SET $shifted WHERE booking_id IN ($ids)");
    };
    my ($before) = ask('SELECT count(*) FROM bookonce.booking');
    $shift->('-');
    my ($told, $after) = ask('SELECT bookonce.delete_old(clock_timestamp()); SELECT count(*) FROM bookonce.booking');
    expect('delete_old', $before->[0] - $after->[0], $model->delete_old(@old)); # it also tells what else is over
    $shift->('+');
}

sub check_in
{
    my ($row, $holder) = (some_row() // return, holder());
    my ($answer) = ask("SELECT $columns FROM bookonce.check_in('$row->{id}'@{[named($holder)]})");
    expect('check_in', "@$answer[0, 1]", join ' ', judge_check_in($model, $row))
        if !is_strange($row, $holder, $answer);
}

sub define
{
    my ($name) = @_;
    my %rules = (
        capacity => $name eq 'class' ? 1 + int rand 4 : 1,
        before => 0,
        after => $name eq 'van' ? int rand 3 : 0,
        most => $name eq 'course' && chance(0.5) ? 4 : undef,
        least => $name eq 'course' && chance(0.3) ? 2 : undef,
        asks => $name =~ /class|van|plain:2/ && chance(0.6) ? 1 : 0,
        blocks => $name ne 'plain:1' && chance(0.5) ? 1 : 0,
        every => $name eq 'course' && chance(0.3) ? pick(2, 3, 28) : undef);
    my @lengths = map { defined $rules{$_} ? "'" . 15 * $rules{$_} . " minutes'" : 'NULL' } qw(most least every);
    my ($answer) = ask(
        sprintf "SELECT bookonce.define_resource('%s', %d, buffer_after => '%d minutes', max_duration => %s,
                min_duration => %s, start_every => %s, check_in_within => %s, overdue_blocks => %s)",
        $name, $rules{capacity}, 15 * $rules{after}, @lengths, $rules{asks} ? "'1 hour'" : 'NULL',
        $rules{blocks} ? 'true' : 'false');
    my $problem = $model->define($name, %rules);
    expect('define', "@$answer", $problem ? "ERROR $problem" : '');
}

# Some of the places, or all, of one resource or two. What is booked there is named.
sub close_some
{
    my $from = int rand 60;
    my ($to, $units) = ($from + 1 + int rand 8, chance(0.5) ? 1 + int rand 3 : undef);
    my %of = map { pick(@names) => 1 } 1 .. 1 + int rand 2;
    my @of = sort keys %of;
    my @rows = ask(
        sprintf "SELECT closure_id, resource, (SELECT string_agg(q(lower(r)) || '-' || q(upper(r)), ',')
                FROM unnest(busy) AS r),"
            . " (SELECT string_agg(i::text, ' ' ORDER BY i::text COLLATE \"C\") FROM unnest(booking_ids) AS i)"
            . " FROM bookonce.close_resource('{%s}', at(%d, %d), %s)",
        join(',', @of),
        $from,
        $to,
        $units // 'NULL');
    return expect('close', "@{$rows[0]}", 'ERROR 22023')
        if grep { ($units // 1) > $model->{resource}{$_}{capacity} } @of;
    expect('closed', join(' ', map { $_->[1] } @rows), "@of");
    for my $row (@rows) {
        my ($id, $name, $busy, $there) = @$row;
        my ($quarters, $ids) = $model->close(
            { id => $id, resource => $name, start => $from, end => $to, defined $units ? (units => $units) : () });
        my @busy = map { my ($a, $b) = split /-/; $a .. $b - 1 } split /,/, $busy;
        expect('in the way', "@busy: $there", "@$quarters: @$ids");
    }
}

sub reopen
{
    my @closures = @{ $model->{closures} } or return;
    my %gone = map { $_->{id} => 1 } map { pick(@closures) } 1 .. 2;
    my ($answer) = ask(sprintf "SELECT bookonce.reopen_resource('{%s}')", join ',', sort keys %gone);
    expect('reopen', "@$answer", scalar keys %gone);
    $model->{closures} = [ grep { !$gone{ $_->{id} } } @closures ];
}

# All that counts now, here and there.
sub compare
{
    my $there = join "\n", map { join '|', @$_ } ask(
        "SELECT booking_id, resource, q(lower(during)), q(upper(during)), q(lower(blocks)), q(upper(blocks)), status,
            holder, coalesce(details::text, '') FROM bookonce.live_booking ORDER BY booking_id::text COLLATE \"C\""
    );
    my $here = join "\n", map { join '|', @$_{qw(id resource start end from to status holder details)} }
        sort { $a->{id} cmp $b->{id} } grep { BookonceModel::is_live($_) } @{ $model->{rows} };
    expect('what is booked', "\n$there\n", "\n$here\n");
    expect(
        'units',
        join(
            ' ',
            map { "@$_" } ask(
                'SELECT resource, unit FROM bookonce.live_booking JOIN bookonce.resource USING (tenant, resource)
                    WHERE unit > capacity AND ends_at > now()'
            )),
        '');
    expect('history', join(' ', map { "@$_" } ask(<<'SQL')), '');
WITH e AS (
    SELECT e.*, ROW(before_resource, before_unit, before_during, before_status, before_holder, before_lapses_at,
        before_details) AS was,
           ROW(after_resource, after_unit, after_during, after_status, after_holder, after_lapses_at,
               after_details) AS became,
           lag(e.booking_id) OVER w IS NULL AS is_first, lead(e.booking_id) OVER w IS NULL AS is_last
    FROM bookonce.booking_event AS e WINDOW w AS (PARTITION BY booking_id ORDER BY era, next_xid, number))
SELECT 'broken', booking_id, kind
FROM (SELECT e.*, lag(became) OVER (PARTITION BY booking_id ORDER BY era, next_xid, number) AS stood FROM e) AS e
WHERE CASE WHEN is_first THEN before_status IS NOT NULL ELSE was IS DISTINCT FROM stood END
UNION ALL
SELECT 'other', coalesce(e.booking_id, b.booking_id), e.kind
FROM (SELECT * FROM e WHERE is_last AND kind <> 'deleted') AS e
FULL JOIN (bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id)) ON b.booking_id = e.booking_id
WHERE ROW(r.resource, b.unit, b.during, b.status, b.holder, b.lapses_at, b.details) IS DISTINCT FROM e.became
LIMIT 3
SQL
}

my %verb = (
    book => [ \&book, 30 ],
    book_many => [ \&book_many, 16 ],
    book_any => [ \&book_any, 8 ],
    confirm => [ \&confirm, 6 ],
    extend => [ \&extend, 6 ],
    cancel => [ \&cancel, 16 ],
    move => [ \&move, 14 ],
    swap => [ \&swap, 6 ],
    change_group => [ \&change_group, 8 ],
    move_group => [ \&move_group, 10 ],
    change_one => [ \&change_one, 5 ],
    delete_old => [ \&years_pass, 5 ],
    lapse => [ sub { lapse($model, \&ask) }, 10 ],
    check_in => [ \&check_in, 8 ],
    no_show => [ sub { my $row = some_row(); expect('no_show', report_no_show($model, \&ask, $row)) if $row }, 4 ],
    end => [ sub { my $row = some_row(); expect('end_booking', report_end($model, \&ask, $row)) if $row }, 4 ],
    late => [ sub { expect('not back', be_late($model, \&ask)) }, 8 ],
    block_overdue => [
        sub {
            block_overdue($model, \&ask, pick(grep { $_ ne 'plain:1' } @names));
        },
        2
    ],
    change_kinds => [ sub { expect('kinds', change_kinds($model, \&ask)) }, 4 ],
    sweep => [ sub { ask('SELECT bookonce.expire_holds(3)') }, 1 ],
    define => [ sub { define(pick(@names)) }, 3 ],
    close => [ \&close_some, 4 ],
    reopen => [ \&reopen, 3 ],
    set_hours => [ sub { set_hours($model, \&ask, 'class') }, 3 ],
    set_times => [ sub { set_times($model, \&ask, 'course') }, 1 ],
    limit => [ sub { set_limit($model, \&ask, 'course') }, 2 ],
    rule_holders => [ sub { rule_holders($model, \&ask) }, 2 ]);
my @bag = map { ($_) x $verb{$_}[1] } sort keys %verb;

my $asked = \&ask;
{
    no warnings 'redefine';
    *ask = sub {
        my ($sql) = @_;
        my @rows = $asked->($sql);
        push @log, ($sql =~ s/\Q$columns\E/*/r) . "\n        -> " . join '; ', map { join '|', @$_ } @rows;
        shift @log if @log > 12;
        $met{ $rows[0][0] }++ if @rows && $rows[0][0] =~ /^[a-z_]+$/;
        return @rows;
    };
}
my ($step, $late) = (0, 0);
my $walked = eval {
    define($_) for @names;
    ask("SELECT bookonce.define_calendar('holidays')");
    while ($step++ < $steps) {
        $verb{ pick(@bag) }[0]->();
        forget_what_is_back($model, \&ask);
        $late++ if grep { is_over($_) } @{ $model->{rows} };
        compare() if $step % 200 == 0;
    }
    compare();
    1;
};
ok($walked, "$steps steps, each as the model says")
    or diag "step $step, BOOKONCE_SEED=$seed: $@the last steps:\n    ", join "\n    ", @log;
note join ', ', map { "$_ $met{$_}" } sort keys %met;
cmp_ok($late, '>', $steps / 20, "in $late steps something is not back");

# Parallel.
close $questions;
waitpid $pid, 0;
storm($node, $steps / 16);
$node->stop;
done_testing();
