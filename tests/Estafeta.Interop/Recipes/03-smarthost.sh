# A smart host that wants TLS and a login: on port 587 with STARTTLS, on 465 without; a wrong password defers, or bounces when told so.
# sees: login me, encrypted
# sees: status=deferred (SASL authentication failed; server smtp.example.net[127.0.0.9] said: 535 5.7.8 Bad credentials)
# sees: dsn=5.7.8, status=bounced (SASL authentication failed; server smtp.example.net[127.0.0.9] said: 535 5.7.8 Bad credentials)
names << X
smtp.example.net A 127.0.0.9
X
hop 127.0.0.9:587 smtp.example.net starttls me:secret9
hop 127.0.0.9:465 smtp.example.net wrapped me:secret9
table sasl_passwd << X
[smtp.example.net]:587 me:secret9
[smtp.example.net]:465 me:secret9
X
postmap hash:/etc/postfix/sasl_passwd
begin myhostname=web1.example.test mydomain=example.test 'myorigin=$mydomain' 'relayhost=[smtp.example.net]:587' smtp_sasl_auth_enable=yes smtp_sasl_password_maps=hash:/etc/postfix/sasl_passwd \
    smtp_sasl_security_options=noanonymous smtp_sasl_tls_security_options=noanonymous smtp_tls_security_level=encrypt smtp_tls_CAfile=/etc/ssl/certs/ca-certificates.crt header_size_limit=4096000 \
    mydestination= smtp_tls_loglevel=1
local_mail alice first@elsewhere.example
settle
postconf -e 'relayhost=[smtp.example.net]:465' smtp_tls_wrappermode=yes
reload
local_mail alice wrapped@elsewhere.example
settle
postconf -e 'relayhost=[smtp.example.net]:587' smtp_tls_wrappermode=no
echo '[smtp.example.net]:587 me:wrong8' > /etc/postfix/sasl_passwd
postmap hash:/etc/postfix/sasl_passwd
reload
local_mail alice refused@elsewhere.example
settle
postconf -e smtp_sasl_auth_soft_bounce=no
reload
local_mail alice bounced@elsewhere.example
outcome
heard
echo "passwords in the log: $(grep -cE 'secret9|wrong8' /var/log/mail.log)"
grep -o 'TLS connection established.*TLSv1.[23]' /var/log/mail.log | sort | uniq -c
