# Milters for mail that does not come by SMTP: a refusal at each stage comes back to the sender, that of one recipient leaves the mail waiting; one that
# is down is passed over when it says so.
# sees: milter-reject: CONNECT from localhost[127.0.0.1]: 5.7.1 no; from=<C@mail.example.test>
# sees: milter configuration error: can't reject recipient in non-smtpd(8) submission
cat > $T/milter.pl <<'PERL'
use IO::Socket::INET;
my $stage = $ARGV[0];
my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 11332, Listen => 9, ReuseAddr => 1) or die "listen: $!";
while (my $c = $s->accept) {
    if (fork) { close $c; next }
    $c->autoflush(1);
    while (read $c, my $length, 4) {
        read $c, my $packet, unpack 'N', $length;
        my $command = substr $packet, 0, 1;
        if ($command eq 'O') { print $c pack('N', 13) . 'O' . pack('NNN', 6, 0x1f, 0) }
        elsif ($command eq 'Q') { exit }
        elsif ($command eq $stage && ($command ne 'R' || $packet =~ /second/)) { my $reply = "y550 5.7.1 no\0"; print $c pack('N', length $reply) . $reply }
        elsif ($command eq 'E') { my $add = "hX-Seen\0yes\0"; print $c pack('N', length $add) . $add . pack('N', 1) . 'c' }
        elsif ($command ne 'D') { print $c pack('N', 1) . 'c' }
    }
    exit;
}
PERL
begin myhostname=mail.example.test mydestination=mail.example.test 'default_transport=discard:' 'local_transport=virtual:' virtual_mailbox_base=/ 'virtual_mailbox_maps=static:/tmp/site/box/' virtual_uid_maps=static:$(id -u vmail) virtual_gid_maps=static:$(id -g vmail) \
    'non_smtpd_milters=inet:127.0.0.1:11332, { unix:/run/nothing.sock, connect_timeout=5s, default_action=accept }' milter_protocol=6 milter_default_action=tempfail
chmod 1777 $T
for stage in C H M T L E none; do
    perl $T/milter.pl $stage & milter=$!
    until_port 11332
    local_mail $stage first@x.example second@x.example
    settle
    kill $milter; wait $milter 2> /dev/null
done
perl $T/milter.pl R & milter=$!
until_port 11332
local_mail R first@x.example second@x.example third@x.example
until_there 1 "can't reject recipient"
until_there 1 'message not accepted'
kill $milter; wait $milter 2> /dev/null
postsuper -d ALL > /dev/null 2>&1
postfix stop 2> /dev/null
echo '-- log'
facts | uniq
grep -h ^X-Seen -r $T/box | sort | uniq -c
exit 0
