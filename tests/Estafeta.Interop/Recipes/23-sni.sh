# Certificates by the name a client asks for: exact, for all of a domain, and the default.
# sees: CN = mail.one.example
# sees: CN = two.example
command -v openssl > /dev/null || { echo 'SKIP openssl is not installed'; exit 0; }
for name in mail.example.test mail.one.example two.example; do certificate $name; done
table sni << X
mail.one.example $T/mail.one.example.key, $T/mail.one.example.crt
.two.example $T/two.example.pem
X
postmap -F hash:/etc/postfix/sni
begin myhostname=mail.example.test mydestination= mynetworks=127.0.0.2 smtpd_tls_security_level=may smtpd_tls_chain_files=$T/mail.example.test.pem tls_server_sni_maps=hash:/etc/postfix/sni 'default_transport=discard:'
rm -f $T/*.key $T/*.crt $T/two.example.pem
for name in mail.one.example MAIL.one.example a.two.example b.a.two.example two.example other.example ''; do
    echo "== $name: $(printf 'QUIT\r\n' | timeout 20 openssl s_client -connect 127.0.0.1:25 -starttls smtp $( [ -n "$name" ] && echo -servername $name || echo -noservername ) 2> /dev/null | grep '^subject')"
done
outcome
