# Null client: everything goes to one relay host, nothing is local.
# sees: relay=mx.example.test[127.0.0.9]:25
# sees: status=sent
# sees: 550 5.1.1 <root@[127.0.0.1]>: Recipient address rejected: no local mail
names << X
mx.example.test A 127.0.0.9
example.test MX 10 wrong.example.test
wrong.example.test A 127.0.0.8
X
hop 127.0.0.9:25 mx.example.test starttls
begin myhostname=web1.example.test mynetworks=127.0.0.2 'myorigin=$mydomain' 'relayhost=[mx.example.test]' inet_interfaces=loopback-only mydestination= 'local_transport=error:5.1.1 no local mail' smtp_tls_security_level=encrypt
local_mail alice@example.test someone@elsewhere.example
local_mail alice bob
trusted 'EHLO c.example' 'MAIL FROM:<a@o.example>' 'RCPT TO:<x@web1.example.test>' QUIT
SHOW=1 stranger 'EHLO c.example' 'MAIL FROM:<a@o.example>' 'RCPT TO:<root@[127.0.0.1]>' QUIT
outcome
ss -Hltn 'sport = :25' | awk '{print $4}' | grep -v 127.0.0.9 | sort -u
heard
