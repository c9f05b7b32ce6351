# Every verb of postfix(1), with the system down and up, for the default and for another instance. $1 and what follows runs each command.
# Sourced in a throw-away system by PostfixVerbTests, once with Postfix installed and once with Estafeta.
verb() {
    echo "\$ $*"
    script -qec "$(printf '%q ' "$@")" /dev/null < /dev/null 2>&1 | tr -d '\r'
    echo "= ${PIPESTATUS[0]}"
}
postconf -e maillog_file=/var/log/mail.log inet_interfaces=127.0.0.1 myhostname=mail.example.test mydestination=example.test
rm -rf /var/log/mail.log /var/spool/postfix/maildrop/*
mkdir /etc/postfix-other /var/lib/other /var/spool/other
cp /etc/postfix/main.cf /etc/postfix/master.cf /etc/postfix-other
chown postfix /var/lib/other
postconf -c /etc/postfix-other -e queue_directory=/var/spool/other data_directory=/var/lib/other
sed -i 's/^smtp .*inet/127.0.0.1:2626 inet/' /etc/postfix-other/master.cf
for command in status check stop abort reload flush drain bogus ''; do
    verb postfix $command
done
verb postfix -x start
verb postfix -c /nonexistent status
for command in start start status flush reload check abort gone status start stop status; do
    # An abort does not wait for the end.
    if [ "$command" = gone ]; then
        for i in $(seq 600); do postfix status >/dev/null 2>&1 || break; sleep 0.1; done
        continue
    fi
    verb postfix $command
    [ "$command" != start ] || sleep 1
done
for command in status start status reload stop status; do
    verb postfix -c /etc/postfix-other $command
    [ "$command" != start ] || sleep 1
done
for command in status start status stop; do
    verb env MAIL_CONFIG=/etc/postfix-other postfix $command
    [ "$command" != start ] || sleep 1
done
