# virtual(8): Maildir with a slash, else mbox; owners from a table or one for all; a minimum uid; a size limit.
# sees: status=sent (delivered to maildir)
# sees: status=sent (delivered to mailbox)
# sees: dsn=5.2.2
V=/var/vmail
mkdir -p $V/one.example; chown -R vmail $V
uid=$(id -u vmail) gid=$(id -g vmail)
table vmaps << X
dir@one.example one.example/dir/
box@one.example one.example/box
low@one.example one.example/low
other@one.example one.example/other/
@two.example two.example/all/
X
postmap hash:/etc/postfix/vmaps
begin myhostname=mail.example.test mydestination= mynetworks=127.0.0.2 virtual_mailbox_domains='one.example two.example' virtual_mailbox_base=$V virtual_mailbox_maps=hash:/etc/postfix/vmaps "virtual_uid_maps=inline:{ {low@one.example=5} {other@one.example=$(id -u bob)} }, static:$uid" virtual_gid_maps=static:$gid \
    virtual_minimum_uid=100 virtual_mailbox_limit=6000 message_size_limit=5000
chmod 1777 $V $V/one.example
for to in dir@one.example dir+ext@one.example box@one.example low@one.example other@one.example any@two.example; do message a@s.example $to; done
for i in 1 2 3; do trusted 'EHLO c.example' 'MAIL FROM:<>' 'RCPT TO:<box@one.example>' DATA 'BODY 2880' QUIT; settle; done
SHOW=1 stranger 'EHLO s.example' 'MAIL FROM:<>' 'RCPT TO:<nosuch@one.example>' 'RCPT TO:<x@two.example>' QUIT
outcome
mailbox $V
find $V | sed -E 's/[0-9]+\.V.*/F/' | sort | xargs stat -c '%U %a %F %n' 2> /dev/null
