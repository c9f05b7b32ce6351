# Who may send as whom: logins from a table, lists of them, empty senders, aliases. XCLIENT stands for the login.
# sees: Sender address rejected: not owned by user bob@example.test
# sees: Sender address rejected: not logged in
table login << 'X'
/^(office|info)@example\.test$/ alice@example.test, carol@example.test
/^(.*)@example\.test$/ ${1}@example.test
/^@?$/ nobody-at-all
X
mkdir -p /var/spool/postfix/private
dovecot_like auth
begin myhostname=mail.example.test mydestination=example.test local_recipient_maps= mynetworks=127.0.0.9 smtpd_authorized_xclient_hosts=127.0.0.0/8 smtpd_sasl_auth_enable=yes smtpd_sasl_type=dovecot smtpd_sasl_path=private/auth \
    smtpd_sender_login_maps=regexp:/etc/postfix/login 'default_transport=discard:' 'local_transport=discard:' smtpd_error_sleep_time=0 smtpd_hard_error_limit=100 \
    'smtpd_sender_restrictions=reject_sender_login_mismatch, permit_sasl_authenticated' 'smtpd_relay_restrictions=permit_sasl_authenticated, reject_unauth_destination' smtpd_reject_unlisted_sender=no
try() { trusted 'EHLO c.example' "XCLIENT LOGIN=$1" 'EHLO c.example' "MAIL FROM:<$2>" "RCPT TO:<${3:-x@out.example}>" QUIT | grep -A1 RCPT; }
export SHOW=1
for restriction in reject_sender_login_mismatch reject_authenticated_sender_login_mismatch reject_known_sender_login_mismatch reject_unauthenticated_sender_login_mismatch; do
    echo "== $restriction"
    postconf -e "smtpd_sender_restrictions=$restriction, permit_sasl_authenticated"
    reload
    for login in alice@example.test bob@example.test '[UNAVAILABLE]'; do
        for sender in alice@example.test office@example.test bob@example.test stranger@out.example '' Alice@Example.TEST; do echo "$login as <$sender>"; try "$login" "$sender"; done
    done
    echo 'local recipient'; try '[UNAVAILABLE]' alice@example.test bob@example.test
done
unset SHOW
outcome
