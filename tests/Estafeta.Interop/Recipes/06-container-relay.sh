# In a container, in the foreground, with the log on standard output: only certain sender domains, submission in place of port 25; SIGTERM ends it.
# sees: <b@other.example>: Recipient address rejected
# sees: status=sent
# sees: ended by SIGTERM
sink 127.0.0.9:2525
cat > /etc/postfix/main.cf << 'X'
compatibility_level = 3.6
maillog_file = /dev/stdout
myhostname = relay.example.test
inet_interfaces = all
inet_protocols = ipv4
mynetworks = 127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16
mydestination =
relayhost = [127.0.0.9]:2525
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_recipient_restrictions = reject_non_fqdn_recipient, check_sender_access inline:{example.test=OK}, reject
smtputf8_enable = no
milter_default_action = tempfail
non_smtpd_milters = inet:localhost:11332
X
sed 's/^smtp  *inet/#&/; s/^#submission  *inet .*/submission inet n - n - - smtpd/' /usr/share/postfix/master.cf.dist | awk '/^submission/ { print; next } /^#? +-o/ { next } { print }' > /etc/postfix/master.cf
postconf -F '*/*/chroot=n'
grep -q '^postlog ' /etc/postfix/master.cf || echo 'postlog unix-dgram n - n - 1 postlogd' >> /etc/postfix/master.cf
postfix start-fg > $T/out 2>&1 &
foreground=$!
until_port 587
until_in() { for i in $(seq 300); do [ $(grep -c "$2" $T/out) -ge $1 ] && return; sleep 0.1; done; echo "waited in vain for $1 $2"; }
SHOW=1 dialog 587 127.0.0.1 'EHLO c.example' 'MAIL FROM:<a@example.test>' 'RCPT TO:<b@other.example>' DATA 'BODY 144' 'MAIL FROM:<a@wrong.test>' 'RCPT TO:<b@other.example>' 'RCPT TO:<b>' QUIT
until_in 1 ': removed'
# A milter that cannot be reached, for mail that did not come by SMTP: it waits.
local_mail a@example.test c@other.example
until_in 1 'milter-reject: CONNECT'
kill -TERM $foreground
wait $foreground
echo "ended by SIGTERM"
sed -nE 's/^[A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} [^ ]+ postfix\/([a-z0-9\/-]+)\[[0-9]+\]: /\1: /p' $T/out | grep -E 'to=<|reject:|Milter|fatal|daemon started' \
    | sed -E 's/: [0-9A-F]{6,}: /: ID: /; s/ tls=[^,]*,//; s/delay=[0-9.]+, delays=[0-9.\/]+, //; s/ version [^,]*//; s/, configuration.*//' | sort -u
exit 0
