# A day's traffic of every kind the log tells of, in minutes. Sourced in a throw-away system by PflogsummTests, once with Postfix installed and
# once with Estafeta; prints pflogsumm's report on the log.
useradd -m alice 2> /dev/null; useradd -m bob 2> /dev/null
rm -rf /var/log/mail.log /var/spool/postfix/maildrop/*
# Analysers older than Postfix 3.11 do not know the tls= field, which smtp_log_tls_feature_status turns off.
postconf -e maillog_file=/var/log/mail.log inet_interfaces=127.0.0.1 inet_protocols=ipv4 myhostname=mail.example.test mydestination=example.test \
    myorigin=example.test mynetworks=127.0.0.2 alias_maps= alias_database= home_mailbox=Maildir/ local_recipient_maps=unix:passwd.byname \
    message_size_limit=20000 relayhost= smtpd_timeout=20s smtpd_helo_required=yes smtpd_client_restrictions= smtpd_peername_lookup=no \
    smtp_log_tls_feature_status=no smtp_tls_security_level=none smtpd_tls_security_level=none disable_dns_lookups=yes smtpd_error_sleep_time=0 relay_domains=relay.example \
    transport_maps='inline:{ {sink.example=smtp:[127.0.0.1]:2525} {closed.example=smtp:[127.0.0.1]:1} {error.example=error:5.1.2 no such place} {later.example=retry:4.3.0 not now} {gone.example=discard:dropped} {relay.example=smtp:[127.0.0.1]:2525} }' \
    smtpd_recipient_restrictions='check_recipient_access inline:{ {hold@sink.example=HOLD kept} {warn@sink.example=WARN take care} {drop@sink.example=DISCARD no} {defer@sink.example=DEFER busy} }' \
    smtpd_relay_restrictions='permit_mynetworks, reject_unauth_destination' header_checks=
postconf -F '*/*/chroot=n'
smtp-sink -u nobody 127.0.0.1:2525 100 &
postfix start
until_port 25 2525
message() { local sender=$1; shift; trusted 'EHLO client.example' "MAIL FROM:<$sender>" "${@/#/RCPT TO:}" DATA 'BODY 720' QUIT; }
for i in 1 2 3 4 5; do message sender@out.example '<alice@example.test>'; done
message sender@out.example '<alice@example.test>' '<bob@example.test>' '<x@sink.example>'
for i in 1 2 3; do message other@out.example '<x@sink.example>' '<y@sink.example>'; done
message other@out.example '<x@closed.example>'
message alice@example.test '<x@error.example>'
message other@out.example '<x@later.example>' '<y@later.example>'
message other@out.example '<x@gone.example>'
message other@out.example '<hold@sink.example>'
message other@out.example '<warn@sink.example>'
message other@out.example '<drop@sink.example>'
message other@out.example '<defer@sink.example>'
stranger 'EHLO s.example' 'MAIL FROM:<spam@s.example>' 'RCPT TO:<victim@elsewhere.example>' QUIT
stranger 'EHLO s.example' 'MAIL FROM:<spam@s.example>' 'RCPT TO:<nobody-here@example.test>' 'RCPT TO:<alice@example.test>' DATA 'BODY 720' QUIT
stranger 'MAIL FROM:<spam@s.example>' QUIT
stranger 'EHLO s.example' 'MAIL FROM:<spam@s.example> SIZE=99999' QUIT
stranger 'EHLO s.example' 'MAIL FROM:<spam@s.example>' 'RCPT TO:<alice@example.test>' DATA 'BODY 50000' QUIT
stranger 'EHLO s.example' 'MAIL FROM:<spam@s.example>' 'RCPT TO:<alice@example.test>' LEAVE
stranger 'EHLO s.example' HANG
stranger 'EHLO s.example' 'BOGUS' 'MAIL FROM:<a b>' 'DATA' QUIT
printf 'Subject: local\n\ntext\n' | sendmail -f alice bob
printf 'Subject: local\n\ntext\n' | sendmail -f alice x@sink.example bob
printf 'Subject: local\n\ntext\n' | sendmail -f bob nobody-here
settle
deferred=$(grep -c status=deferred /var/log/mail.log)
postqueue -f
until_there $((2 * deferred)) status=deferred
settle
postfix reload
until_there 1 'reload --'
message late@out.example '<alice@example.test>'
until_there 1 'from=<late@out.example>'
settle
postfix stop
LC_ALL=C pflogsumm --verbose-msg-detail /var/log/mail.log
