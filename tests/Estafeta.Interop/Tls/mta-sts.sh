# MTA-STS and TLS reports with the real programs: policies from an HTTPS server, servers behind MX records, reports by HTTPS and mail. The domains:
#   good       enforced, the server has its name          sent over verified TLS
#   mitm       enforced, the server is somebody else      deferred
#   strange    enforced, the MX is none of the policy's   deferred
#   plain      enforced, the server has no STARTTLS       deferred
#   testing    tested, the server is somebody else        sent, and reported
#   broken     the policy server shows a wrong name       sent without a policy, and reported
#   dane       enforced for another MX, but has TLSA      DANE decides: sent
#   nothing    no policy                                  sent
domains="good mitm strange plain testing broken dane nothing"
authority root
n=10
{
    printf '$ORIGIN test.\n$TTL 300\n@ SOA ns hostmaster 1 3600 900 604800 300\n@ NS ns\nns A 127.0.0.1\nreports A 127.0.4.1\ninbox MX 10 mx.good\n'
    for domain in $domains; do
        n=$((n + 1))
        case $domain in mitm | testing | broken) name=other.test ;; *) name=mx.$domain.test ;; esac
        certificate $domain root $name
        certificate policy-$domain root $([ $domain = broken ] && echo other.test || echo mta-sts.$domain.test)
        printf '%s MX 10 mx.%s\nmx.%s A 127.0.2.%s\nmta-sts.%s A 127.0.3.%s\n' $domain $domain $domain $n $domain $n
        [ $domain = nothing ] || printf '_mta-sts.%s TXT "v=STSv1; id=20261125"\n' $domain
        printf '_smtp._tls.%s TXT "v=TLSRPTv1; rua=%s"\n' $domain $([ $domain = testing ] && echo mailto:tls@inbox.test || echo https://reports.test/$domain)
        [ $domain != dane ] || printf '_25._tcp.mx.dane TLSA 3 1 1 %s\n' $(key_digest dane)
    done
} > test.zone
certificate reports root reports.test
printf '$ORIGIN insecure.\n$TTL 300\n@ SOA ns.test. hostmaster 1 3600 900 604800 300\n@ NS ns.test.\n' > insecure.zone
name_servers

mkdir -p policies reports
for domain in $domains; do
    case $domain in testing) mode=testing ;; *) mode=enforce ;; esac
    case $domain in strange | dane) mx=mx.elsewhere.test ;; *) mx=mx.$domain.test ;; esac
    printf 'version: STSv1\r\nmode: %s\r\nmx: %s\r\nmax_age: 604800\r\n' $mode $mx > policies/$domain
done
cat > https.py <<'PYTHON'
import gzip, http.server, ssl, sys, threading
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        domain = self.headers["Host"].split(":")[0].split(".")[1]
        found = self.path == "/.well-known/mta-sts.txt"
        body = open("policies/" + domain, "rb").read() if found else b""
        self.answer(200 if found else 404, body)
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Type"] == "application/tlsrpt+gzip":
            open("reports/" + self.path.strip("/"), "wb").write(body)
        self.answer(201, b"")
    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass
for address, chain in (pair.split("=") for pair in sys.argv[1:]):
    server = http.server.ThreadingHTTPServer((address, 443), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever).start()
PYTHON
addresses="127.0.4.1=certs/reports.chain"
n=10
for domain in $domains; do n=$((n + 1)); addresses="$addresses 127.0.3.$n=certs/policy-$domain.chain"; done
/usr/bin/python3 https.py $addresses > https.log 2>&1 &
https=$!

addresses 127.0.2.250 127.0.2.251
mail_system server postfix <<CF
myhostname = server.test
inet_interfaces = 127.0.2.250
default_transport = discard:
virtual_transport = local
virtual_mailbox_domains = 
CF
n=10
for domain in $domains; do
    n=$((n + 1))
    printf '127.0.2.%s:25 inet n - n - - smtpd\n  -o smtpd_tls_security_level=%s -o smtpd_tls_chain_files=%s\n' \
        $n $([ $domain = plain ] && echo none || echo may) $lab/certs/$domain.chain >> server/etc/master.cf
done
mail_system client estafeta <<CF
myhostname = client.test
mydomain = client.test
inet_interfaces = 127.0.2.251
smtp_dns_support_level = dnssec
smtp_tls_security_level = dane
smtp_tls_CAfile = $lab/certs/root.pem
smtp_tls_loglevel = 1
smtp_address_preference = ipv4
estafeta_mta_sts = yes
smtp_tlsrpt_enable = yes
CF
command_of server postfix start
command_of client postfix start
wait_for 200 bash -c ": < /dev/tcp/127.0.2.11/25"
wait_for 200 bash -c ": < /dev/tcp/127.0.4.1/443" || cat https.log
recipients=""
for domain in $domains; do recipients="$recipients x@$domain.test"; done
printf 'Subject: sts\n\nHello\n' | command_of client sendmail -f sender@client.test $recipients
wait_for 200 eval "[ \$(grep -c ' to=<x@' client/log) -ge 8 ]"
echo "== results"
sed -n 's/.* to=<x@\([a-z]*\)\.test>.*, delays=[^,]*, \(tls=[^,]*, \)*dsn=\([^,]*\), status=\([a-z]*\) (\(.*\))$/\1 \2\3 \4 \5/p' client/log | sed 's/queued as .*/queued/' | sort -u
ln -s "$ESTAFETA" $lab/estafeta
echo "== sts"
for verb in query refresh purge; do MAIL_CONFIG=$lab/client/etc $lab/estafeta sts $verb good.test 2>&1 | sed "s/^/$verb /"; done
MAIL_CONFIG=$lab/client/etc $lab/estafeta sts query broken.test 2>&1 | sed "s/^/query broken /"

# A day later, as far as the counts know.
command_of client postfix stop
for file in client/data/tlsrpt/*.json; do mv $file client/data/tlsrpt/$(date -u -d yesterday +%Y-%m-%d).json; done
command_of client postfix start
wait_for 200 env MAIL_CONFIG=$lab/client/etc $lab/estafeta tlsrpt -s
wait_for 200 eval "grep -q 'to=<tls@inbox.test>' client/log" || tail -40 client/log
wait_for 200 grep 'TLS report for good.test' client/log
wait_for 200 grep 'TLS report for testing.test' client/log
echo "== reports"
MAIL_CONFIG=$lab/client/etc $lab/estafeta tlsrpt reports/*
ls reports
grep -h 'TLS report for' client/log | sed 's/.*: TLS report/TLS report/; s/queued as .*/queued/' | sort
grep -h 'to=<tls@inbox.test>' client/log | sed 's/.* status=\([a-z]*\).*/mailed \1/' | head -1
command_of client postfix stop
command_of server postfix stop
kill $https
