# A backup for another site: recipients are asked for at the primary and remembered; its own name among the MX records stops a loop; ETRN.
# sees: 550 5.1.1 <nosuch@relayed.example>
# sees: 450 4.1.1 <late@down.example>
# sees: mail for loop.example loops back to myself
names << X
relayed.example MX 10 primary.example
relayed.example MX 20 mail.example.test
primary.example A 127.0.0.9
down.example MX 10 down.primary.example
down.primary.example A 127.0.0.8
loop.example MX 10 mail.example.test
loop.example MX 20 primary.example
mail.example.test A 127.0.0.1
X
cat > $T/primary.pl <<'PERL'
use IO::Socket::INET;
my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.9', LocalPort => 25, Listen => 9, ReuseAddr => 1) or die "listen: $!";
while (my $c = $s->accept) {
    if (fork) { close $c; next }
    print $c "220 primary.example ESMTP\r\n";
    while (<$c>) {
        if (/^DATA/) { print $c "354 go\r\n"; while (<$c>) { last if /^\.\r/ } print $c "250 2.0.0 kept\r\n" }
        elsif (/^RCPT TO:<nosuch/) { print $c "550 5.1.1 unknown here\r\n" }
        else { print $c "250 ok\r\n"; exit if /^QUIT/ }
    }
    exit;
}
PERL
perl $T/primary.pl &
HOPS="$HOPS 127.0.0.9/25"
table relay_domains << X
relayed.example yes
down.example yes
loop.example yes
X
table relay_rcpt << X
@relayed.example x
@down.example x
@loop.example x
X
: > /etc/postfix/transport
for name in relay_domains relay_rcpt transport; do postmap lmdb:/etc/postfix/$name; done
begin myhostname=mail.example.test mydomain=example.test relay_domains=lmdb:/etc/postfix/relay_domains relay_recipient_maps=lmdb:/etc/postfix/relay_rcpt transport_maps=lmdb:/etc/postfix/transport maximal_queue_lifetime=10d \
    'smtpd_recipient_restrictions=permit_mynetworks, reject_unauth_destination, reject_unverified_recipient' mynetworks=127.0.0.2 'address_verify_map=btree:$data_directory/verify' unverified_recipient_reject_code=550 parent_domain_matches_subdomains= \
    smtpd_error_sleep_time=0 address_verify_poll_count=30
for i in 1 2; do SHOW=1 stranger 'EHLO s.example' 'MAIL FROM:<a@s.example>' 'RCPT TO:<good@relayed.example>' 'RCPT TO:<nosuch@relayed.example>' 'RCPT TO:<late@down.example>' 'RCPT TO:<x@sub.relayed.example>' 'RCPT TO:<y@elsewhere.example>' DATA 'BODY 144' QUIT; done
message a@s.example x@loop.example y@down.example
settle
SHOW=1 stranger 'EHLO s.example' 'ETRN down.example' 'ETRN elsewhere.example' QUIT
until_there 2 'to=<y@down.example>'
outcome
