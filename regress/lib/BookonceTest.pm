# BookonceTest.pm: shared by the TAP tests: a server with bookonce, and sessions whose calls may wait.
#
# SPDX-License-Identifier: PostgreSQL
package BookonceTest;

use strict;
use warnings;
use Exporter 'import';
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(new_server session query forget_connection overlaps new_errors slot);
our @EXPORT_OK = qw(faketime_library);

# Returns a started server with bookonce set up in `postgres`, the resource room:1, and the role `app`, which has only
# grant_usage. If BOOKONCE_DIRECT_INSERT is off, bookings are made by SQL.
sub new_server
{
    my ($name, %option) = @_;
    my $node = PostgreSQL::Test::Cluster->new($name);
    $node->init(%{ $option{init} // {} });
    $node->append_conf('postgresql.conf',
              "timezone = UTC\nautovacuum = off\nlog_statement = none\nlog_error_verbosity = verbose\n"
            . "bookonce.direct_insert = "
            . ($ENV{BOOKONCE_DIRECT_INSERT} // 'on') . "\n"
            . ($option{conf} // ''));
    $node->start;
    # The first superuser has the name of the user who runs the tests; some of them want one by this name.
    $node->safe_psql('postgres', <<'SQL');
DO $$ BEGIN IF to_regrole('postgres') IS NULL THEN CREATE ROLE postgres SUPERUSER LOGIN; END IF; END $$;
CREATE EXTENSION bookonce;
SELECT bookonce.setup(), bookonce.define_resource('room:1');
CREATE ROLE app LOGIN;
SELECT bookonce.grant_usage('app');
SQL
    return $node;
}

# Asks the server as superuser, over a connection that is kept open, because some tests ask hundreds of times.
my %lookout;
sub query
{
    my ($node, $sql) = @_;
    my $answer = ($lookout{ $node->name } //= session($node))->ask($sql);
    die "$answer: $sql" if $answer =~ /^(ERROR|FATAL):/m;
    return $answer;
}

# Call it when the server is down, before it starts again: a new postmaster would inherit the connection's pipe.
sub forget_connection
{
    my ($node) = @_;
    my $lost = delete $lookout{ $node->name } or return;
    $lost->last_words;
}

# The environment of a server whose clock can be moved; undef if libfaketime is not installed.
sub faketime_library
{
    my @found =
        grep { -e }
        glob
        '/usr/lib/*/faketime/libfaketime.so.1 /usr/lib/faketime/libfaketime.so.1 /usr/lib64/faketime/libfaketime.so.1';
    return $found[0];
}

# An hour of 7 January 2030, as a range literal.
sub slot { my ($hour) = @_; return sprintf "'[2030-01-07 %02d:00, 2030-01-07 %02d:00)'", $hour, $hour + 1 }

# Pairs of live bookings of one unit that overlap, found without the index.
sub overlaps
{
    my ($node) = @_;
    return $node->safe_psql('postgres', <<'SQL');
SET enable_indexscan = off; SET enable_bitmapscan = off;
SELECT count(*) FROM bookonce.booking AS a JOIN bookonce.booking AS b ON a.resource_id = b.resource_id
    AND a.unit = b.unit
WHERE a.booking_id < b.booking_id AND a.during && b.during AND a.released_at IS NULL AND b.released_at IS NULL
SQL
}

# Errors in the server's log since the last call, one line each.
my %read_up_to;
sub new_errors
{
    my ($node) = @_;
    my $log = slurp_file($node->logfile, $read_up_to{ $node->name } // 0);
    $read_up_to{ $node->name } += length $log; # not the file's size, which may have grown meanwhile
    return join "\n", grep { /\b(ERROR|FATAL|PANIC):/ } split /\n/, $log;
}

# A psql in the background, as superuser or as the user given, in `postgres` or the database given. Errors come back as
# their SQLSTATE.
sub session
{
    my ($node, $user, $database) = @_;
    my $self = bless {
        node => $node,
        in => '',
        out => '',
        asked => 0,
        patience => IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default)
        },
        'BookonceTest::Session';
    $self->{psql} = IPC::Run::start([
            'psql', '-XAtq', '-v', 'VERBOSITY=sqlstate', '-d',
            $node->connstr($database // 'postgres') . ($user ? " user=$user" : ''),
            '-f', '-'
        ],
        '<',
        \$self->{in},
        '>&',
        \$self->{out},
        $self->{patience});
    $self->{pid} = $self->ask('SELECT pg_backend_pid()');
    return $self;
}

package BookonceTest::Session;

use Time::HiRes qw(usleep);

sub pid { return $_[0]{pid} }

# Sends a statement without waiting for its answer.
sub tell
{
    my ($self, $sql) = @_;
    $self->{patience}->start;
    $self->{asked}++;
    $self->{in} .= "$sql;\n\\echo answer $self->{asked} ends\n";
    # Not pump(), which waits for some output; and not once, for the pipe may not take it yet.
    $self->{psql}->pump_nb while length $self->{in};
    return $self;
}

# Sends a statement and returns when it waits for a lock on the server.
sub tell_and_wait
{
    my ($self, $sql) = @_;
    $self->tell($sql);
    my $deadline = time + $PostgreSQL::Test::Utils::timeout_default;
    while (BookonceTest::query($self->{node}, "SELECT cardinality(pg_blocking_pids($self->{pid})) > 0") ne 't') {
        die "nobody blocks: $sql" if time > $deadline;
        usleep(2_000);
    }
    return $self;
}

# Returns the statement's answer: rows, or `ERROR: SQLSTATE`.
sub answer
{
    my ($self) = @_;
    $self->{patience}->start;
    $self->{psql}->pump until $self->{out} =~ s/^(.*?)answer \Q$self->{asked}\E ends\n//s;
    my $answer = $1;
    $answer =~ s/^psql:<stdin>:\d+: //mg;
    chomp $answer;
    return $answer;
}

# Returns true if the answer has arrived.
sub has_answered
{
    my ($self) = @_;
    $self->{psql}->pump_nb;
    return $self->{out} =~ /^answer \Q$self->{asked}\E ends\n/m;
}

# Returns the output before the connection ended.
sub last_words
{
    my ($self) = @_;
    $self->{patience}->start;
    $self->{in} = '';
    $self->{psql}->finish;
    return $self->{out} =~ s/^psql:<stdin>:\d+: //mgr;
}

sub ask { my ($self, $sql) = @_; return $self->tell($sql)->answer }

sub quit
{
    my ($self) = @_;
    $self->{patience}->start;
    $self->{in} .= "\\q\n";
    $self->{psql}->finish;
}

1;
