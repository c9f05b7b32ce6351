# Every client level against every kind of server, both makes at both ends. Prints a line for each: maker of the client, maker of the server, level,
# kind, then what the log says became of it.
kinds="good expired early wrongname selfsigned revoked foreign issuer badtlsa notlsa bogus notls"
levels="none may encrypt dane dane-only fingerprint verify secure insecure-mx"
starttls() { case $1 in notls) echo none ;; *) echo may ;; esac; }

authority root
authority below root
authority stranger
certificate client root client.test
for kind in $kinds; do
    names=$kind.mxp.test,$kind.mxe.test,secure-$kind-p.test,secure-$kind-e.test
    case $kind in
        expired) certificate $kind root $names 20200101000000Z 20210101000000Z ;;
        early) certificate $kind root $names 20350101000000Z 20360101000000Z ;;
        wrongname) certificate $kind root other.example.com ;;
        selfsigned) certificate $kind self $names ;;
        revoked | issuer) certificate $kind below $names ;;
        foreign) certificate $kind stranger $names ;;
        *) certificate $kind root $names ;;
    esac
done

# A list beside the authorities, as an administrator would have it: neither system looks at lists of revoked certificates.
printf '[lab]\ndatabase = certs/index.txt\ncertificate = certs/root.pem\nprivate_key = certs/root.key\ndefault_md = sha256\ndefault_crl_days = 30\n' > crl.cnf
: > certs/index.txt
openssl ca -config crl.cnf -name lab -revoke certs/below.pem 2> /dev/null
openssl ca -config crl.cnf -name lab -gencrl -out certs/crl.pem 2> /dev/null
cat certs/root.pem certs/crl.pem > certs/trust.pem
chmod 644 certs/*

{
    printf '$ORIGIN test.\n$TTL 300\n@ SOA ns hostmaster 1 3600 900 604800 300\n@ NS ns\nns A 127.0.0.1\n; spoil _25._tcp.bogus.mxp\n; spoil _25._tcp.bogus.mxe\n'
    n=10
    for kind in $kinds; do
        n=$((n + 1))
        for make in p e; do
            [ $make = p ] && net=1 || net=2
            printf '%s.mx%s A 127.0.%s.%s\n' $kind $make $net $n
            case $kind in
                notlsa) ;;
                early) printf '_25._tcp.%s.mx%s TLSA 3 0 0 %s\n' $kind $make "$(openssl x509 -in certs/early.pem -outform DER | od -An -v -tx1 | tr -d ' \n')" ;;
                issuer) printf '_25._tcp.%s.mx%s TLSA 2 1 1 %s\n' $kind $make "$(key_digest below)" ;;
                badtlsa) printf '_25._tcp.%s.mx%s TLSA 3 1 1 %s\n' $kind $make "$(key_digest good)" ;;
                *) printf '_25._tcp.%s.mx%s TLSA 3 1 1 %s\n' $kind $make "$(key_digest $kind)" ;;
            esac
            for level in $levels; do printf '%s-%s-%s MX 10 %s.mx%s\n' $level $kind $make $kind $make; done
        done
    done
} > test.zone
{
    printf '$ORIGIN insecure.\n$TTL 300\n@ SOA ns.test. hostmaster 1 3600 900 604800 300\n@ NS ns.test.\n'
    for kind in $kinds; do for make in p e; do printf 'insecure-mx-%s-%s MX 10 %s.mx%s.test.\n' $kind $make $kind $make; done; done
} > insecure.zone
name_servers

addresses 127.0.1.250 127.0.1.251 127.0.2.250 127.0.2.251
for make in p e; do
    [ $make = p ] && { maker=postfix; net=1; } || { maker=estafeta; net=2; }
    mail_system server-$make $maker <<CF
myhostname = server.test
default_transport = discard:
inet_interfaces = 127.0.$net.250
smtpd_client_connection_count_limit = 0
smtpd_tls_session_cache_database =
smtpd_tls_ask_ccert = yes
smtpd_tls_CAfile = $lab/certs/root.pem
CF
    n=10
    for kind in $kinds; do
        n=$((n + 1))
        printf '127.0.%s.%s:25 inet n - n - - smtpd\n  -o smtpd_tls_security_level=%s\n  -o smtpd_tls_chain_files=%s\n' \
            $net $n $(starttls $kind) $lab/certs/$kind.chain >> server-$make/etc/master.cf
    done
    mail_system client-$make $maker <<CF
myhostname = client.test
inet_interfaces = 127.0.$net.251
smtp_dns_support_level = dnssec
smtp_tls_CAfile = $lab/certs/trust.pem
smtp_tls_fingerprint_digest = sha256
smtp_tls_fingerprint_cert_match = $(for kind in good expired foreign; do printf '%s ' "$(key_digest $kind | tr a-f A-F | sed 's/../&:/g; s/:$//')"; done)
smtp_tls_chain_files = $lab/certs/client.chain
smtp_tls_loglevel = 1
smtp_address_preference = ipv4
default_process_limit = 20
transport_maps = regexp:$lab/transport
CF
    for level in $levels; do
        [ $level = insecure-mx ] && word=dane || word=$level
        printf 'l-%s unix - - n - - smtp\n  -o syslog_name=%s\n  -o smtp_tls_security_level=%s\n' $level $level $word >> client-$make/etc/master.cf
        printf '/@%s-(%s)-/ l-%s:\n' $level "${kinds// /|}" $level >> transport
    done
    # A word for what dane becomes with MX records nobody signed: none that can be configured.
    printf 'l-half-dane unix - - n - - smtp\n  -o syslog_name=half-dane\n  -o smtp_tls_security_level=half-dane\n' >> client-$make/etc/master.cf
    command_of server-$make postfix start
done
echo '/@half-dane/ l-half-dane:' >> transport
for net in 1 2; do wait_for 200 bash -c ": < /dev/tcp/127.0.$net.11/25" || cat server-?/log; done

recipients=""
for level in $levels; do
    [ $level = insecure-mx ] && zone=insecure || zone=test
    for kind in $kinds; do recipients="$recipients x@$level-$kind-p.$zone x@$level-$kind-e.$zone"; done
done
for make in p e; do
    command_of client-$make postfix start
    printf 'Subject: levels\n\nHello\n' | command_of client-$make sendmail -f sender@client.test x@half-dane-good-$make.test $recipients
done
count=$(echo $recipients | wc -w)
for make in p e; do
    wait_for 200 eval "[ \$(grep -c ' to=<x@' client-$make/log) -ge $count ]" || { tail -n 40 client-$make/log; echo; }
    wait_for 200 grep 'Invalid TLS level' client-$make/log
    command_of client-$make postfix stop
done
echo "== results"
for make in p e; do sed "s/^/$make /" client-$make/log; done
echo "== peers"
for kind in good expired wrongname selfsigned; do
    echo | timeout 100 openssl s_client -starttls smtp -connect $kind.mxe.test:25 -verify_hostname $kind.mxe.test -CAfile certs/root.pem -verify_return_error > openssl.$kind 2>&1
    echo "openssl $kind $?"
    echo QUIT | timeout 100 gnutls-cli --starttls-proto=smtp -p 25 --x509cafile=certs/root.pem $kind.mxe.test > gnutls.$kind 2>&1
    echo "gnutls $kind $?"
done
for kind in good expired early wrongname selfsigned issuer badtlsa notlsa; do
    for make in p e; do
        command_of client-$make posttls-finger -c -l dane -t 100 $kind.mxe.test 2>&1 | sed "s/\[[0-9]*\]: /: /; s/^/finger $make $kind /"
    done
done
for make in p e; do command_of server-$make postfix stop; done
