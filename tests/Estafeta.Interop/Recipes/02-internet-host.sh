# A host of its own on the Internet, mail for system users: aliases, .forward, extensions, commands, lists; relaying refused.
# sees: Relay access denied
# sees: /home/alice/Maildir/new alice:alice 600
# sees: status=sent (delivered to command: cat >/tmp/site/piped)
names << X
elsewhere.example MX 10 mx.elsewhere.example
mx.elsewhere.example A 127.0.0.9
mail.example.test A 127.0.0.1
X
sink 127.0.0.9:25
cat > /etc/aliases << X
postmaster: root
root: alice
office: alice, bob@example.test, someone@elsewhere.example
list: :include:$T/list
owner-list: carol
robot: "|cat >$T/piped"
loop: loop
X
printf 'bob\n# nobody\nother@elsewhere.example\n' > $T/list
chmod 1777 $T
newaliases
echo '\bob, sub@elsewhere.example' > ~bob/.forward
echo 'alice' > ~bob/.forward+work
chown bob ~bob/.forward*
begin mydomain=example.test 'myorigin=$mydomain' 'mydestination=$myhostname, localhost.$mydomain, localhost, $mydomain' mynetworks_style=host home_mailbox=Maildir/ \
    alias_maps=hash:/etc/aliases alias_database=hash:/etc/aliases recipient_delimiter=+ mailbox_size_limit=0 message_size_limit=26214400 biff=no append_dot_mydomain=no \
    'smtpd_relay_restrictions=permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination'
for to in alice@example.test alice+x@mail.example.test bob@example.test bob+work@example.test bob+other@localhost office@example.test list@example.test robot@example.test loop@example.test postmaster; do
    local_mail someone@example.test $to
done
SHOW=1 trusted 'EHLO s.example' 'MAIL FROM:<a@s.example>' 'RCPT TO:<x@elsewhere.example>' 'RCPT TO:<nobody-here@example.test>' 'RCPT TO:<carol+a@example.test>' DATA 'BODY 144' QUIT
outcome
mailbox ~alice/Maildir ~bob/Maildir ~carol/Maildir
sed 's/^From .*/From/' $T/piped | grep -v 'id \|^Date\|^Message-Id\|; \|^	'
stat -c '%U %n' $T/piped
