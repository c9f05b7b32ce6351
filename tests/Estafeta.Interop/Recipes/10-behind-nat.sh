# Behind NAT: the outer address counts as its own; connections leave from a set address, IPv4 first.
# sees: from 127.0.0.5
# sees: mail for self.example loops back to myself
names << X
self.example MX 10 nat.example
nat.example A 198.51.100.7
only6.example AAAA 2001:db8:0:0:0:0:0:7
other.example MX 10 mx.other.example
mx.other.example A 127.0.0.9
mx.other.example AAAA 0:0:0:0:0:0:0:1
X
cat > $T/hop.pl <<'PERL'
use IO::Socket::INET;
my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.9', LocalPort => 25, Listen => 9, ReuseAddr => 1) or die "listen: $!";
$| = 1;
while (my $c = $s->accept) {
    print 'from ', $c->peerhost, "\n";
    print $c "220 mx ESMTP\r\n";
    while (<$c>) { if (/^DATA/) { print $c "354 go\r\n"; while (<$c>) { last if /^\.\r/ } } print $c "250 2.0.0 ok\r\n"; last if /^QUIT/ }
    close $c;
}
PERL
perl $T/hop.pl > $T/hops &
HOPS=" 127.0.0.9/25"
begin myhostname=mail.example.test mydestination= mynetworks=127.0.0.2 proxy_interfaces=198.51.100.7 inet_protocols=all smtp_address_preference=ipv4 smtp_bind_address=127.0.0.5 smtp_bind_address6=::1 smtp_bind_address_enforce=yes smtp_host_lookup=dns,native smtp_connect_timeout=2s
message a@s.example x@self.example
message '' y@other.example
message '' 'z@[198.51.100.7]'
message '' z@nowhere.example
message '' z@only6.example
outcome
echo '-- connections'
grep -v 127.0.0.1$ $T/hops | sort -u
