# Behind a load balancer: both versions of its header, health checks that say LOCAL or nothing, and what is not a header at all.
# sees: RCPT from unknown[192.0.2.77]
SERVICES='127.0.0.1:10025 inet n - n - - smtpd -o smtpd_upstream_proxy_protocol=haproxy -o smtpd_upstream_proxy_timeout=3s'
PORTS='25 10025'
begin myhostname=mail.example.test mydestination= mynetworks=127.0.0.2 inet_protocols=all smtpd_peername_lookup=no smtpd_relay_restrictions=reject_unauth_destination smtpd_error_sleep_time=0
export SHOW=1
dialog 10025 127.0.0.3 'FIRST PROXY TCP4 192.0.2.77 127.0.0.1 55555 25' 'EHLO c.example' 'MAIL FROM:<>' 'RCPT TO:<x@elsewhere.example>' QUIT
dialog 10025 127.0.0.3 'FIRST PROXY TCP6 2001:db8::7 ::1 55555 25' 'EHLO c.example' 'MAIL FROM:<>' 'RCPT TO:<x@elsewhere.example>' QUIT
dialog 10025 127.0.0.3 'FIRST PROXY TCP4 nonsense 127.0.0.1 1 2'
dialog 10025 127.0.0.3 'FIRST PROXY TCP4 192.0.2.77 127.0.0.1 99999 25'
dialog 10025 127.0.0.3 'FIRST EHLO c.example'
cat > $T/v2.pl <<'PERL'
use IO::Socket::INET;
my ($name, $header, @lines) = @ARGV;
my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => 10025, LocalAddr => '127.0.0.3') or die;
print "== $name\n";
print $s pack('H*', $header);
if ($name =~ /early/) { close $s; exit }
sub reply { while (my $l = <$s>) { $l =~ s/\r?\n//; print "< $l\n"; return if $l =~ /^\d\d\d / } print "< (closed)\n" }
reply();
for (@lines) { print $s "$_\r\n"; reply() }
PERL
magic=0d0a0d0a000d0a515549540a
perl $T/v2.pl 'version 2, IPv4' ${magic}2111000cc000024d7f000001d9030019 'EHLO c.example' 'MAIL FROM:<>' 'RCPT TO:<x@elsewhere.example>' QUIT
perl $T/v2.pl 'version 2, IPv6' ${magic}2121002420010db800000000000000000000000700000000000000000000000000000001d9030019 QUIT
perl $T/v2.pl 'version 2, LOCAL' ${magic}20000000 'EHLO c.example' QUIT
perl $T/v2.pl 'version 2, more than addresses' ${magic}21110010c000024d7f000001d903001904000100 QUIT
perl $T/v2.pl 'version 2, wrong' ${magic}3111000cc000024d7f000001d9030019
perl $T/v2.pl 'closes early' 50524f585920
unset SHOW
until_there 1 'lost connection\|disconnect'
outcome
