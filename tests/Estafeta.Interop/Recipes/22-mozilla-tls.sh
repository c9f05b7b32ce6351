# TLS as a generator writes it: old and new forms of protocol lists, cipher lists, obsolete settings that must not hurt.
# sees: encrypted by TLSv1.2
# sees: TLSv1.1: no
command -v openssl > /dev/null || { echo 'SKIP openssl is not installed'; exit 0; }
certificate mail.example.test
cp $T/mail.example.test.pem /etc/postfix/chain.pem
begin myhostname=mail.example.test mydestination= mynetworks=127.0.0.2 'default_transport=discard:' smtpd_tls_security_level=may smtpd_tls_chain_files=/etc/postfix/chain.pem 'smtpd_tls_mandatory_protocols=>=TLSv1.2' \
    'smtpd_tls_protocols=!SSLv2,!SSLv3,!TLSv1,!TLSv1.1' tls_medium_cipherlist=ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384 tls_high_cipherlist=ECDHE-RSA-AES256-GCM-SHA384 \
    tls_preempt_cipherlist=no smtpd_tls_exclude_ciphers=aNULL,RC4 'tls_ssl_options=NO_COMPRESSION, NO_RENEGOTIATION' smtpd_tls_eecdh_grade=auto 'smtpd_tls_session_cache_database=btree:$data_directory/smtpd_scache' smtpd_tls_received_header=yes \
    smtpd_use_tls=yes smtpd_tls_loglevel=1 smtpd_forbid_unauth_pipelining=no smtpd_bind_address=127.0.0.1 lmtpd_tls_security_level=may
session() {
    printf 'EHLO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<x@relayed.example>\r\nQUIT\r\n' | timeout 20 openssl s_client -connect 127.0.0.1:25 -bind 127.0.0.2 -starttls smtp -ign_eof -CAfile $T/mail.example.test.crt "$@" 2>&1 \
        | sed -nE 's/^New, .*, Cipher is (.*)/cipher \1/p; s/^ *Verification: (.*)/verified \1/p; s/^(250 2\.1\..*|5[0-9][0-9] .*)/\1/p' | tr -d '\r'
}
for options in '-tls1_3' '-tls1_2' '-tls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0' '-tls1_2 -cipher ECDHE-RSA-AES128-SHA' '-tls1_2 -cipher AES128-SHA' '-tls1_1 -cipher ALL:@SECLEVEL=0'; do
    echo "== $options"
    session $options
done
echo "TLSv1.1: $(session -tls1_1 -cipher ALL:@SECLEVEL=0 | grep -q '^250' && echo yes || echo no)"
outcome
echo "encrypted by $(grep -o 'TLS connection established from .*: TLSv1.2' /var/log/mail.log | head -n 1 | grep -o 'TLSv1.2')"
grep -oE 'TLS connection established from [^:]*: TLSv1.* bits\)' /var/log/mail.log | sort | uniq -c
