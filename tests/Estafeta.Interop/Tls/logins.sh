# Every SASL mechanism of both makes of client against both makes of server, with libsasl2 (its password file, or saslauthd) and Dovecot behind the
# servers, and our own back end behind ours. Prints the clients' logs, the servers' with an S in front.
mechanisms="plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256"
backends="cyrus saslauthd dovecot own"
useradd -M joe 2> /dev/null
echo 'joe:secret' | chpasswd -c SHA512
addresses 127.0.1.250 127.0.1.251 127.0.2.250 127.0.2.251

mkdir -p sasl dovecot run
echo secret | saslpasswd2 -p -c -f $lab/db -u server.test joe
chmod 644 db
printf 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: %s/db\nmech_list: PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256\n' $lab > sasl/cyrus.conf
printf 'pwcheck_method: saslauthd\nsaslauthd_path: %s/run/mux\nmech_list: PLAIN LOGIN\n' $lab > sasl/saslauthd.conf
mkdir -p server-p/etc/sasl
cp sasl/* server-p/etc/sasl # where Debian's Postfix looks
saslauthd -a shadow -m $lab/run -n 1
chmod 755 run
cat > dovecot/dovecot.conf <<CF
base_dir = $lab/dovecot/run
state_dir = $lab/dovecot/state
log_path = $lab/dovecot/log
protocols = none
ssl = no
auth_mechanisms = plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256
auth_failure_delay = 0
disable_plaintext_auth = no
passdb {
  driver = passwd-file
  args = $lab/dovecot/users
}
userdb {
  driver = static
  args = uid=65534 gid=65534 home=/tmp
}
service auth {
  unix_listener $lab/dovecot/auth {
    mode = 0666
  }
}
CF
echo 'joe:{PLAIN}secret' > dovecot/users
dovecot -c $lab/dovecot/dovecot.conf
echo 'joe {PLAIN}secret' > users

for make in p e; do
    [ $make = p ] && { maker=postfix; net=1; } || { maker=estafeta; net=2; }
    mail_system server-$make $maker <<CF
myhostname = server.test
default_transport = discard:
inet_interfaces = 127.0.$net.250
smtpd_client_restrictions = permit_sasl_authenticated, reject
smtpd_sasl_auth_enable = yes
smtpd_sasl_local_domain = server.test
smtpd_sasl_security_options = noanonymous
CF
    n=30
    for backend in $backends; do
        n=$((n + 1))
        [ $backend$make != ownp ] || continue
        case $backend in
            own) options="smtpd_sasl_type=estafeta -o estafeta_sasl_password_maps=texthash:$lab/users" ;;
            dovecot) options="smtpd_sasl_type=dovecot -o smtpd_sasl_path=$lab/dovecot/auth" ;;
            *) options="smtpd_sasl_type=cyrus -o smtpd_sasl_path=$backend -o cyrus_sasl_config_path=$lab/sasl" ;;
        esac
        printf '127.0.%s.%s:25 inet n - n - - smtpd\n  -o syslog_name=%s -o %s\n' $net $n $backend "$options" >> server-$make/etc/master.cf
        for mechanism in $mechanisms; do
            printf '/@%s-%s-%s\\./ %s:[127.0.%s.%s]\n' $mechanism $backend $make $mechanism $net $n >> transport
        done
    done
    mail_system client-$make $maker <<CF
myhostname = client.test
inet_interfaces = 127.0.$net.251
default_process_limit = 20
transport_maps = regexp:$lab/transport
smtp_sasl_auth_enable = yes
smtp_sasl_security_options = noanonymous
smtp_sender_dependent_authentication = yes
smtp_sasl_password_maps = inline:{ { bad@client.test = joe:wrong } { good@client.test = joe:secret } }
CF
    for mechanism in $mechanisms; do
        case $mechanism in plain | digest-md5 | scram-sha-1) authzid=yes ;; *) authzid=no ;; esac
        printf '%s unix - - n - - smtp\n  -o syslog_name=%s -o smtp_sasl_mechanism_filter=%s -o send_cyrus_sasl_authzid=%s\n' \
            $mechanism $mechanism $mechanism $authzid >> client-$make/etc/master.cf
    done
    command_of server-$make postfix start
    wait_for 200 bash -c ": < /dev/tcp/127.0.$net.31/25" || cat server-$make/log
done

recipients=""
for mechanism in $mechanisms; do
    for backend in $backends; do
        recipients="$recipients x@$mechanism-$backend-e.test"
        [ $backend = own ] || recipients="$recipients x@$mechanism-$backend-p.test"
    done
done
for make in p e; do
    command_of client-$make postfix start
    for sender in good bad; do printf 'Subject: login\n\nHello\n' | command_of client-$make sendmail -f $sender@client.test ${recipients//x@/$sender@}; done
done
count=$(($(echo $recipients | wc -w) * 2))
for make in p e; do
    wait_for 200 eval "[ \$(grep -c ' to=<' client-$make/log) -ge $count ]" || tail -n 40 client-$make/log
    command_of client-$make postfix stop
done
echo "== results"
for make in p e; do sed "s/^/$make /" client-$make/log; done
for make in p e; do sed "s/^/S$make /" server-$make/log; done
for make in p e; do command_of server-$make postfix stop; done
kill $(cat dovecot/run/master.pid) $(cat run/saslauthd.pid)
