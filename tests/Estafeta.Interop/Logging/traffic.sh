# Traffic that makes the log tell of everything it has a line for. Sourced in a throw-away system by LogLineTests, once with Postfix installed and
# once with Estafeta; prints the log, without times.
L=/tmp/lines
rm -rf /var/log/mail.log /var/spool/postfix/maildrop/* $L
mkdir -p $L/mail $L/vmail
chmod 755 $L; chmod 1777 $L/mail; chown mail $L/vmail
useradd -M -d /nonexistent alice 2> /dev/null; useradd -M -d /nonexistent bob 2> /dev/null
cat > $L/aliases <<X
postmaster alice
mailer-daemon alice
command "|cat >/dev/null"
failing "|echo out; exit 3"
temporary "|exit 75"
nouser "|exit 67"
killed "|kill -9 \$\$"
file $L/aliasfile
loop loop2
loop2 loop
forward x@gone.test, alice
list :include:$L/list
badlist :include:/nonexistent
X
echo 'i@gone.test' > $L/list
touch $L/aliasfile; chmod 666 $L/aliasfile
postconf -e maillog_file=/var/log/mail.log inet_interfaces=127.0.0.1 inet_protocols=ipv4 myhostname=mail.example.test mydestination=example.test \
    myorigin=example.test mynetworks=127.0.0.2 alias_maps=texthash:$L/aliases alias_database= home_mailbox= mail_spool_directory=$L/mail mailbox_command= relayhost= \
    "local_recipient_maps=unix:passwd.byname \$alias_maps" message_size_limit=20000 smtpd_timeout=3s smtpd_helo_required=yes smtpd_peername_lookup=no \
    smtpd_error_sleep_time=0 smtpd_hard_error_limit=5 smtpd_soft_error_limit=3 disable_vrfy_command=no smtpd_client_restrictions= \
    smtp_log_tls_feature_status=no lmtp_log_tls_feature_status=no smtp_tls_security_level=none smtpd_tls_security_level=none disable_dns_lookups=yes smtp_connection_cache_on_demand=no \
    relay_domains=relay.example smtpd_relay_restrictions='permit_mynetworks, reject_unauth_destination' smtpd_forbid_unauth_pipelining=yes \
    default_transport='discard:elsewhere' delay_warning_time=8s notify_classes='bounce, delay, resource, software' queue_run_delay=1000s minimal_backoff_time=1000s maximal_backoff_time=4000s \
    virtual_mailbox_domains=v.test virtual_mailbox_base=$L/vmail virtual_mailbox_maps='inline:{ {m@v.test=m/} {f@v.test=f} }' virtual_minimum_uid=1 virtual_uid_maps=static:$(id -u mail) virtual_gid_maps=static:$(id -g mail) \
    transport_maps='inline:{ {sink.test=smtp:[127.0.0.1]:2600} {soft.test=smtp:[127.0.0.1]:2601} {hard.test=smtp:[127.0.0.1]:2602} {drop.test=smtp:[127.0.0.1]:2603} {late.test=smtp:[127.0.0.1]:2604} {busy.test=smtp:[127.0.0.1]:2605} {hang.test=impatient:[127.0.0.1]:2606} {closed.test=smtp:[127.0.0.1]:1} {error.test=error:5.1.2 no such place} {retry.test=retry:4.3.0 not now} {gone.test=discard:dropped} {pipe.test=piped:} {failpipe.test=failpipe:} {tmppipe.test=tmppipe:} {lmtp.test=lmtp:unix:/nonexistent} {relay.example=smtp:[127.0.0.1]:2600} }' \
    smtpd_recipient_restrictions='check_recipient_access inline:{ {hold@sink.test=HOLD kept} {hold2@sink.test=HOLD} {warn@sink.test=WARN take care} {info@sink.test=INFO look} {drop@sink.test=DISCARD no} {defer@sink.test=DEFER busy} {redirect@sink.test=REDIRECT x@gone.test} {bcc@sink.test=BCC y@gone.test} {prepend@sink.test=PREPEND X-A: b} {filter@sink.test=FILTER discard:y} {reject@sink.test=REJECT} {reject2@sink.test=550 5.7.9 own text} {dip@sink.test=DEFER_IF_PERMIT later} {ok@sink.test=OK} }, permit_mynetworks, reject_unauth_destination' \
    smtpd_sender_restrictions='check_sender_access inline:{ {bad@s.test=REJECT bad sender} }' smtpd_helo_restrictions='check_helo_access inline:{ {bad.helo=REJECT bad helo} }' \
    smtpd_data_restrictions='check_sender_access inline:{ {data@s.test=REJECT at data} }' smtpd_end_of_data_restrictions='check_sender_access inline:{ {end@s.test=REJECT at end} }' \
    header_checks='regexp:{{/^Subject: h-reject/ REJECT go away} {/^Subject: h-warn/ WARN hmm} {/^Subject: h-info/ INFO} {/^Subject: h-hold/ HOLD} {/^Subject: h-discard/ DISCARD gone} {/^Subject: h-redirect/ REDIRECT z@gone.test} {/^Subject: h-filter/ FILTER discard:f} {/^Subject: h-prepend/ PREPEND X-P: q} {/^Subject: h-replace/ REPLACE Subject: replaced} {/^Subject: h-ignore/ IGNORE} {/^Subject: h-strip/ STRIP s} {/^Subject: h-bcc/ BCC b@gone.test}}' \
    body_checks='regexp:{{/^b-reject/ REJECT body} {/^b-warn/ WARN body}}' qmqpd_authorized_clients='!127.0.0.3, 127.0.0.0/8' qmqpd_error_delay=0 2> /dev/null
cat >> /etc/postfix/master.cf <<X
628 inet n - n - - qmqpd
piped unix - n n - - pipe flags=R user=nobody argv=/bin/cat
failpipe unix - n n - - pipe user=nobody argv=/bin/false
tmppipe unix - n n - - pipe user=nobody argv=/bin/sh -c { exit 75 }
impatient unix - - n - - smtp -o smtp_helo_timeout=1s
X
postconf -F '*/*/chroot=n'
smtp-sink -u nobody 127.0.0.1:2600 100 &
smtp-sink -u nobody -r RCPT 127.0.0.1:2601 100 &
smtp-sink -u nobody -f RCPT 127.0.0.1:2602 100 &
smtp-sink -u nobody -q DATA 127.0.0.1:2603 100 &
smtp-sink -u nobody -r . 127.0.0.1:2604 100 &
cat > $L/odd.pl <<'PERL'
use IO::Socket::INET;
my ($port, $greeting) = @ARGV;
my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 9, ReuseAddr => 1) or die "listen: $!";
my @kept;
while (my $c = $s->accept) { if ($greeting) { print $c "$greeting\r\n"; close $c } else { push @kept, $c } }
PERL
perl $L/odd.pl 2605 '554 5.3.2 go away' &
perl $L/odd.pl 2606 '' &
postfix start
until_port 25 628 2600 2601 2602 2603 2604 2605 2606
qmqp() { dialog 628 "$@"; }
# message SENDER HEADER RECIPIENT...
message() {
    local sender=$1 header=$2 recipients=() r
    shift 2
    for r in "$@"; do recipients+=("RCPT TO:<$r>"); done
    trusted 'EHLO c.test' "MAIL FROM:<$sender>" "${recipients[@]}" DATA "BODY 144 $header" QUIT
}
queued() { postqueue -j | grep "\"address\": \"$1\"" | sed 's/.*"queue_id": "\([^"]*\)".*/\1/'; }

for u in ok hold hold2 warn info drop defer redirect bcc prepend filter reject reject2 dip; do message a@o.test '' $u@sink.test; done
message a@o.test 'Message-Id: <own@id>|Subject: two' x@sink.test y@sink.test
for d in sink soft hard drop late busy closed gone pipe failpipe tmppipe lmtp hang; do message a@o.test '' u@$d.test; done
for u in alice command failing temporary nouser killed file loop forward list badlist postmaster; do message a@o.test '' $u@example.test; done
for u in m f nosuch; do message a@o.test '' $u@v.test; done
for k in reject warn info hold discard redirect filter prepend replace ignore strip bcc; do message a@o.test "Subject: h-$k" u@gone.test; done
message a@o.test 'Subject: x||b-reject me' u@gone.test
message a@o.test 'Subject: x||b-warn me' u@gone.test
message a@o.test "$(for i in $(seq 51); do printf 'Received: x|'; done)Subject: hops" u@gone.test
stranger 'EHLO s.test' 'MAIL FROM:<bad@s.test>' 'RCPT TO:<alice@example.test>' QUIT
stranger 'EHLO bad.helo' 'MAIL FROM:<ok@s.test>' 'RCPT TO:<alice@example.test>' QUIT
stranger 'HELO s.test' 'MAIL FROM:<ok@s.test>' 'RCPT TO:<alice@elsewhere.test>' 'RCPT TO:<nosuch@example.test>' QUIT
stranger 'EHLO s.test' 'MAIL FROM:<data@s.test>' 'RCPT TO:<alice@example.test>' DATA QUIT
stranger 'EHLO s.test' 'MAIL FROM:<end@s.test>' 'RCPT TO:<alice@example.test>' DATA 'BODY 144' QUIT
stranger 'EHLO s.test' 'VRFY alice' 'VRFY nosuch' 'VRFY a@elsewhere.test' 'ETRN nosuch.test' 'EXPN x' NOOP RSET QUIT
stranger 'MAIL FROM:<a@b.test>' EHLO HELO 'EHLO a b' QUIT
stranger 'EHLO s.test' 'MAIL FROM:<a@b.test> SIZE=99999' 'MAIL FROM:<a@b.test> SIZE=x' 'MAIL FROM:<a@b.test> FOO=x' 'MAIL FROM:a b' QUIT
trusted 'EHLO s.test' 'MAIL FROM:<a b>' 'MAIL FROM:<a@b.test' 'MAIL FROM: a@b.test' 'RCPT TO:<a b@c.test>' 'RCPT TO:<"a b"@gone.test>' DATA 'BODY 144' QUIT
message a@o.test '' '@a,@b:routed@gone.test' '"@a:quoted route"@gone.test'
message MAILER-DAEMON '' u@gone.test
trusted 'EHLO s.test' 'MAIL FROM:<a@b.test>' 'RCPT TO:<u@gone.test>' DATA 'BODY 50000 Message-Id: <big@id>' QUIT
trusted 'EHLO s.test' 'MAIL FROM:<a@b.test>' 'RCPT TO:<u@gone.test>' 'RAW BDAT 30\r\nSubject: x\r\n\r\n1234567890123456' REPLY 'RAW BDAT 4 LAST\r\nab\r\n' REPLY QUIT
trusted 'EHLO s.test' 'MAIL FROM:<a@b.test>' 'RCPT TO:<u@gone.test>' 'RAW BDAT 40\r\nSubject: x123456789012345678\r\n' LEAVE
trusted 'EHLO s.test' 'MAIL FROM:<a@b.test>' 'RCPT TO:<u@gone.test>' 'BDAT 99999' QUIT
trusted 'EHLO s.test' 'MAIL FROM:<a@b.test>' 'RCPT TO:<u@gone.test>' DATA 'RAW Subject: half\r\n' LEAVE
trusted 'EHLO s.test' 'MAIL FROM:<a@b.test>' 'RCPT TO:<u@gone.test>' RSET 'MAIL FROM:<c@d.test>' LEAVE
trusted 'EHLO s.test' 'MAIL FROM:<a@b.test>' 'RCPT TO:<u@gone.test>' LEAVE
trusted LEAVE
trusted 'EHLO s.test' 'MAIL FROM:<a@b.test>' 'RCPT TO:<u@gone.test>' DATA 'RAW Subject: half\r\n' HANG
trusted 'EHLO s.test' HANG
stranger 'EHLO s.test' BOGUS 'BOGUS x' FOO BAR BAZ
stranger 'GET / HTTP/1.0' LEAVE
stranger 'EHLO s.test' 'RAW MAIL FROM:<a@b.test>\r\nDATA\r\nRCPT TO:<alice@example.test>\r\n' REPLY REPLY
stranger 'EHLO s.test' 'AUTH PLAIN xx' STARTTLS 'XCLIENT NAME=x' 'XFORWARD NAME=x' QUIT
qmqp-source -m 3 -s 1 -r 2 -M o.test -f a@o.test -t u@gone.test 127.0.0.1:628
qmqp 127.0.0.1 'RAW 60:14:Subject: x\n\nhi,8:a@o.test,11:u@gone.test,12:u2@gone.test,,' HANG
qmqp 127.0.0.1 'RAW 30:' LEAVE
qmqp 127.0.0.1 'RAW hello' HANG
qmqp 127.0.0.3 HANG
printf 'Subject: local\n\ntext\n' | sendmail -f alice u@gone.test
printf 'Subject: local\n\ntext\n' | sendmail -f 'al ice@o.test' u@gone.test
printf 'Subject: local\n\ntext\n' | sendmail -f alice -bv u@gone.test nosuch@example.test
printf 'Subject: local\n\ntext\n' | sendmail -f alice -v u@sink.test
printf 'Subject: local\n\ntext\n' | sendmail -f alice u@retry.test
printf 'To: u@gone.test\nMessage-Id: <own@id>\nResent-Message-Id: <re@id>\nResent-To: q@gone.test\nSubject: local\n\ntext\n' | sendmail -f alice -t
printf 'Subject: local\n\ntext\n' | sendmail -f '' nosuch@example.test
printf 'Subject: h-reject\n\ntext\n' | sendmail -f alice u@gone.test
printf 'Subject: n\n\nx\n' | sendmail -N success,failure,delay -R hdrs -V env -f alice u@gone.test u@error.test u@sink.test
settle
# Older than delay_warning_time.
sleep 8
postqueue -i $(queued u@retry.test)
until_there 1 'sender delay notification'
postsuper -e $(queued u@late.test)
postqueue -i $(queued u@late.test)
until_there 1 'status=force-expired'
postsuper -r $(queued hold2@sink.test)
until_there 1 'to=<hold2@sink.test>'
settle
postsuper -h $(queued u@soft.test)
postsuper -H $(queued u@soft.test)
postsuper -H $(queued hold@sink.test)
postsuper -d $(queued u@closed.test)
postsuper -h ALL; postsuper -H ALL; postsuper -d ALL; postsuper -d ABCDEF
postfix reload
until_there 1 'reload --'
message late@out.test '' u@gone.test
until_there 1 'from=<late@out.test>'
settle
postfix stop
cut -c17- /var/log/mail.log
