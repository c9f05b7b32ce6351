# A gateway between inside and outside: mail for the inside goes to one host, senders are masqueraded, but not root; nothing is local.
# sees: MAIL FROM:<user@example.test>
# sees: MAIL FROM:<root@host.example.test>
names << X
inside.example.test A 127.0.0.9
out.example MX 10 mx.out.example
mx.out.example A 127.0.0.8
X
hop 127.0.0.9:25 inside.example.test starttls
hop 127.0.0.8:25 mx.out.example starttls
begin myhostname=gw.example.test myorigin=example.test mydestination= local_recipient_maps= 'local_transport=error:local mail delivery is disabled' relay_domains=example.test 'transport_maps=inline:{example.test=smtp:[inside.example.test]}' \
    mynetworks=127.0.0.2,192.0.2.0/24 masquerade_domains=example.test masquerade_exceptions=root 'smtp_generic_maps=inline:{ {secret@example.test=public@example.test} }' smtp_tls_security_level=may smtpd_reject_unlisted_sender=yes
sed -i '/^local /d' /etc/postfix/master.cf
reload
message user@host.example.test x@out.example
message root@host.example.test x@out.example
message secret@deep.host.example.test x@out.example
message x@out.example user@example.test
local_mail root x@out.example
trusted 'EHLO c.example' 'MAIL FROM:<x@out.example>' 'RCPT TO:<y@out.example>' DATA 'BODY 72 From: me@host.example.test|To: y@sub.example.test, root@a.example.test|Cc: secret@example.test|Subject: z' QUIT
SHOW=1 stranger 'EHLO s.example' 'MAIL FROM:<x@out.example>' 'RCPT TO:<user@example.test>' 'RCPT TO:<user@sub.example.test>' 'RCPT TO:<z@out.example>' 'RCPT TO:<root@[127.0.0.1]>' RSET 'MAIL FROM:<root@[127.0.0.1]>' 'RCPT TO:<user@example.test>' QUIT
outcome
heard
