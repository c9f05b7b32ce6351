# A list manager: lists by a regexp table over LMTP, known recipients from the same table, VERP, a pipe with several recipients at once.
# sees: status=sent
# sees: MAIL FROM:<list-bounces+user=member.example@lists.example>
cat > $T/lmtp.pl <<'PERL'
use IO::Socket::INET;
$| = 1;
my ($port, $name) = @ARGV;
my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 9, ReuseAddr => 1) or die "listen: $!";
while (my $c = $s->accept) {
    if (fork) { close $c; next }
    my @rcpt;
    print $c "220 $name\r\n";
    while (<$c>) {
        s/\r?\n//;
        if (/^LHLO/) { print $c "250-$name\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n" }
        elsif (/^EHLO/) { print $c "250-$name\r\n250 PIPELINING\r\n" }
        elsif (/^MAIL/) { @rcpt = (); print "$_\n"; print $c "250 2.1.0 ok\r\n" }
        elsif (/^RCPT TO:<refused/) { print $c "550 5.1.1 no such list\r\n" }
        elsif (/^RCPT/) { push @rcpt, $_; print "$_\n"; print $c "250 2.1.5 ok\r\n" }
        elsif (/^DATA/) { print $c "354 go\r\n"; while (<$c>) { last if /^\.\r/ } my @r = $name eq 'lmtp' ? @rcpt : 1; print $c /full/ ? "452 4.2.2 full\r\n" : "250 2.0.0 kept\r\n" for @r }
        elsif (/^QUIT/) { print $c "221 bye\r\n"; last }
        else { print $c "250 ok\r\n" }
    }
    exit;
}
PERL
perl $T/lmtp.pl 8024 lmtp >> $T/hops &
perl $T/lmtp.pl 2525 mx >> $T/hops &
HOPS=' 127.0.0.1/8024 127.0.0.1/2525'
cat > $T/receive << 'X'
#!/bin/sh
{ echo "$@"; grep -E '^(From |Delivered-To|X-Original-To|Return-Path|Subject)' | sed 's/^From \([^ ]*\) .*/From \1/'; } | paste -sd'|' >> /tmp/site/mlmmj
X
chmod 755 $T/receive; touch $T/mlmmj; chmod 666 $T/mlmmj
table postfix_lmtp << 'X'
/^(list|refused|full)(-(bounces|join|leave|owner|request)(\+.*)?)?@lists\.example$/ lmtp:[127.0.0.1]:8024
/@mlmmj\.example$/ mlmmj:lists
/@member\.example$/ smtp:[127.0.0.1]:2525
X
printf '/^lists\\.example$/ lists.example\n/^mlmmj\\.example$/ x\n' > /etc/postfix/postfix_domains
SERVICES='mlmmj unix - n n - - pipe flags=ORhu user=bob argv=/tmp/site/receive -L /var/spool/mlmmj/${nexthop} ${recipient}
127.0.0.1:1025 inet n - n - - smtpd -o smtpd_authorized_verp_clients=127.0.0.0/8'
PORTS='25 1025'
begin myhostname=mail.example.test mydestination=localhost mynetworks=127.0.0.2 transport_maps=regexp:/etc/postfix/postfix_lmtp 'local_recipient_maps=proxy:unix:passwd.byname $alias_maps regexp:/etc/postfix/postfix_lmtp' relay_domains=regexp:/etc/postfix/postfix_domains \
    'relay_recipient_maps=regexp:/etc/postfix/postfix_lmtp' recipient_delimiter=+ unknown_local_recipient_reject_code=550 alias_maps= mlmmj_destination_recipient_limit=50 smtp_destination_recipient_limit=50
SHOW=1 stranger 'EHLO s.example' 'MAIL FROM:<a@s.example>' 'RCPT TO:<list@lists.example>' 'RCPT TO:<list-bounces+x=y.example@lists.example>' 'RCPT TO:<refused@lists.example>' 'RCPT TO:<nolist@lists.example>' 'RCPT TO:<a@mlmmj.example>' 'RCPT TO:<b@mlmmj.example>' DATA 'BODY 144' QUIT
SHOW=1 dialog 1025 127.0.0.2 'EHLO lists' 'MAIL FROM:<list-bounces@lists.example> XVERP' 'RCPT TO:<user@member.example>' 'RCPT TO:<other+ext@member.example>' DATA 'BODY 144' 'MAIL FROM:<list-bounces@lists.example> XVERP=-=' 'RCPT TO:<third@member.example>' DATA 'BODY 144' QUIT
SHOW=1 stranger 'EHLO s.example' 'MAIL FROM:<a@s.example> XVERP' QUIT
printf 'Subject: verp\n\ntext\n' | sendmail -V -f list-bounces@lists.example one@member.example two@member.example
outcome
heard
echo '-- mlmmj'; cat $T/mlmmj
