# What the scripts of throw-away systems share. Sourced.
T=/tmp/site
mkdir -p $T
# dialog PORT ADDRESS LINE...: a client at that address says the lines, each after the reply to the one before (FIRST LINE: before the
# greeting); SHOW=1 shows both sides.
cat > $T/dialog.pl <<'PERL'
use IO::Socket::INET;
$SIG{PIPE} = 'IGNORE';
$| = 1;
my ($port, $from, @lines) = @ARGV;
my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, LocalAddr => $from, Timeout => 20) or die "connect: $!";
sub show { print "$_[0] $_[1]\n" if $ENV{SHOW} }
sub reply { while (my $l = <$s>) { $l =~ s/\r?\n//; $l =~ s/queued as \w+/queued as ID/; show '<', $l; return if $l =~ /^\d\d\d / } show '<', '(closed)' }
if ($lines[0] =~ s/^FIRST //) { my $l = shift @lines; show '>', $l; print $s "$l\r\n" }
reply() unless $port == 628;
for my $l (@lines) {
    if ($l =~ /^BODY (\d+)(.*)/) { my $n = $1; my $h = $2 || "Subject: test"; $h =~ s/^ //; $h =~ s/\|/\r\n/g; print $s "$h\r\n\r\n", ("x" x 70 . "\r\n") x ($n / 72), ".\r\n"; reply() }
    elsif ($l =~ /^RAW (.*)/) { my $h = $1; $h =~ s/\\r/\r/g; $h =~ s/\\n/\n/g; print $s $h }
    elsif ($l eq 'REPLY') { reply() }
    elsif ($l eq 'HANG') { while (<$s>) {} }
    elsif ($l eq 'LEAVE') { exit }
    else { show '>', $l; print $s "$l\r\n"; reply() }
}
PERL
dialog() { perl $T/dialog.pl "$@"; }
trusted() { dialog 25 127.0.0.2 "$@"; }
stranger() { dialog 25 127.0.0.1 "$@"; }
until_port() { local port i; for port in "$@"; do for i in $(seq 600); do (: < /dev/tcp/127.0.0.1/$port) 2> /dev/null && break; sleep 0.1; done; done; }
# until_there NUMBER PATTERN: so many lines of the log.
until_there() { for i in $(seq 600); do [ $(grep -c "$2" /var/log/mail.log) -ge $1 ] && return; sleep 0.1; done; echo "waited in vain for $1 $2"; }
# Several looks: a message on its way from one queue to another may be in none.
settle() {
    local i quiet=0
    for i in $(seq 600); do
        if postqueue -j | grep -qE '"queue_name": "(maildrop|incoming|active)"'; then quiet=0; else quiet=$((quiet + 1)); fi
        [ $quiet -lt 5 ] || return
        sleep 0.1
    done
    echo 'the queue does not settle'
}
