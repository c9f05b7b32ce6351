# A smart host and a login for each sender: by address, by domain, and one for all others; connections are not shared between them.
# sees: AUTH PLAIN a encrypted
# sees: AUTH PLAIN two encrypted
# sees: AUTH PLAIN other encrypted
names << X
smtp.one.example A 127.0.0.9
smtp.two.example A 127.0.0.8
default.example.net A 127.0.0.7
X
hop 127.0.0.9:587 smtp.one.example starttls a:1 b:2
hop 127.0.0.8:465 smtp.two.example starttls two:3
hop 127.0.0.7:587 default.example.net starttls other:4
table relay_by_sender << X
a@one.example [smtp.one.example]:587
b@one.example [smtp.one.example]:587
@two.example [smtp.two.example]:465
X
table sasl_by_sender << X
a@one.example a:1
b@one.example b:2
@two.example two:3
[default.example.net]:587 other:4
X
postmap hash:/etc/postfix/relay_by_sender
postmap hash:/etc/postfix/sasl_by_sender
begin myhostname=web1.example.test mydomain=example.test mynetworks=127.0.0.2 smtp_sender_dependent_authentication=yes sender_dependent_relayhost_maps=hash:/etc/postfix/relay_by_sender smtp_sasl_auth_enable=yes \
    smtp_sasl_password_maps=hash:/etc/postfix/sasl_by_sender 'relayhost=[default.example.net]:587' smtp_sasl_tls_security_options=noanonymous smtp_tls_security_level=encrypt smtp_tls_CApath=/etc/ssl/certs
for i in 1 2 3; do for from in a@one.example b@one.example x@two.example c@one.example; do message $from to$i@elsewhere.example; done; done
outcome
heard
