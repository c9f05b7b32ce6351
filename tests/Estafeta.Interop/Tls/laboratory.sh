# A network of mail servers with certificates, DNSSEC and mail systems of both makes. Sourced in a throw-away system (ThrowawaySystem), where
# Debian's Postfix is installed; $ESTAFETA is the executable under test, $REPOSITORY the source tree, $STANDARD_SERVICES the usual lines of master.cf.
lab=/lab
mkdir -p $lab/programs $lab/certs
cd $lab
. "$REPOSITORY/scripts/build-lib.sh"
(cd "$REPOSITORY" && link_names "$ESTAFETA" $lab/programs $lab/programs)
[ -x $lab/programs/postfix ] || { echo "no executable $ESTAFETA"; exit 1; }

# authority NAME [ISSUER]: a certificate authority, root or below another.
authority() {
    openssl ecparam -name prime256v1 -genkey -noout -out certs/$1.key
    printf 'basicConstraints=critical,CA:true\nkeyUsage=keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n' > certs/$1.ext
    openssl req -new -key certs/$1.key -subj "/CN=$1" -out certs/$1.csr
    if [ -n "$2" ]; then
        openssl x509 -req -in certs/$1.csr -CA certs/$2.pem -CAkey certs/$2.key -CAcreateserial -days 30 -extfile certs/$1.ext -out certs/$1.pem
    else
        openssl x509 -req -in certs/$1.csr -signkey certs/$1.key -days 30 -extfile certs/$1.ext -out certs/$1.pem
    fi
} 2> /dev/null

# certificate FILE ISSUER NAMES [START END]: key and chain in certs/FILE.chain. ISSUER "self" signs with its own key.
certificate() {
    local file=$1 issuer=$2 names=$3
    openssl ecparam -name prime256v1 -genkey -noout -out certs/$file.key
    openssl req -new -key certs/$file.key -subj "/CN=${names%%,*}" -out certs/$file.csr
    printf 'subjectAltName=%s\n' "DNS:${names//,/,DNS:}" > certs/$file.ext
    if [ "$issuer" = self ]; then
        openssl x509 -req -in certs/$file.csr -signkey certs/$file.key -days 30 -extfile certs/$file.ext -out certs/$file.pem
    elif [ -n "$4" ]; then
        : > certs/index.txt
        openssl ca -batch -notext -config /dev/stdin -name lab -in certs/$file.csr -startdate $4 -enddate $5 -extfile certs/$file.ext -out certs/$file.pem <<CA
[lab]
new_certs_dir = $lab/certs
database = $lab/certs/index.txt
rand_serial = yes
certificate = $lab/certs/$issuer.pem
private_key = $lab/certs/$issuer.key
default_md = sha256
policy = any
[any]
commonName = supplied
CA
    else
        openssl x509 -req -in certs/$file.csr -CA certs/$issuer.pem -CAkey certs/$issuer.key -CAcreateserial -days 30 -extfile certs/$file.ext -out certs/$file.pem
    fi
    cat certs/$file.key certs/$file.pem > certs/$file.chain
    [ "$issuer" = self ] || [ "$issuer" = root ] || cat certs/$issuer.pem >> certs/$file.chain
    chmod 644 certs/*
} 2> /dev/null

# The digest a TLSA record with selector 1 and matching type 1 holds.
key_digest() { openssl x509 -in certs/$1.pem -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -r | cut -d' ' -f1; }

# name_servers: serves test.zone signed and insecure.zone as it is, behind a validating resolver on 127.0.0.1. A line "; spoil NAME" of test.zone
# changes that TLSA record after it was signed.
name_servers() {
    (
        cd $lab
        ksk=$(ldns-keygen -a ECDSAP256SHA256 -k test)
        ldns-signzone -e "$(date -u -d '+20 days' +%Y%m%d%H%M%S)" test.zone $ksk
        cp $ksk.ds anchor.ds
        sed -n 's/^; spoil //p' test.zone | while read -r name; do
            awk -v name="$name.test." '$1 == name && $4 == "TLSA" { $NF = "ff" substr($NF, 3) } { print }' test.zone.signed > spoiled && mv spoiled test.zone.signed
        done
        cat > nsd.conf <<CONF
server:
  ip-address: 127.0.0.1@5300
  username: ""
  database: ""
  pidfile: ""
  zonesdir: "$lab"
  xfrdfile: ""
  zonelistfile: "$lab/zones"
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: test
  zonefile: test.zone.signed
zone:
  name: insecure
  zonefile: insecure.zone
CONF
        cat > unbound.conf <<CONF
server:
  interface: 127.0.0.1
  username: ""
  chroot: ""
  directory: "$lab"
  pidfile: ""
  use-syslog: no
  module-config: "validator iterator"
  do-not-query-localhost: no
  local-zone: "test." nodefault
  trust-anchor-file: "$lab/anchor.ds"
remote-control:
  control-enable: no
stub-zone:
  name: test
  stub-addr: 127.0.0.1@5300
stub-zone:
  name: insecure
  stub-addr: 127.0.0.1@5300
CONF
        nsd -d -c nsd.conf > nsd.log 2>&1 &
        unbound -d -c unbound.conf > unbound.log 2>&1 &
    )
    rm -f /etc/resolv.conf
    echo 'nameserver 127.0.0.1' > /etc/resolv.conf
    for i in $(seq 1200); do
        drill @127.0.0.1 ns.test A 2> /dev/null | grep -q "^ns.test.*127.0.0.1" && return
        sleep 0.1
    done
    echo "no name service"; cat nsd.log unbound.log; exit 1
}

# addresses ADDRESS…: of interfaces, as inet_interfaces wants them.
addresses() { local address; for address in "$@"; do ip address add $address/32 dev lo; done; }

# mail_system NAME MAKE: a mail system in $lab/NAME with the services every one has, not started; lines of main.cf on standard input. MAKE is
# postfix or estafeta.
mail_system() {
    mkdir -p $lab/$1/{etc,queue,data}
    chown postfix $lab/$1/data
    cat > $lab/$1/etc/main.cf <<CF
compatibility_level = 3.6
queue_directory = $lab/$1/queue
data_directory = $lab/$1/data
maillog_file = $lab/$1/log
maillog_file_prefixes = $lab
mydestination =
mynetworks = 127.0.0.0/8
inet_protocols = ipv4
alias_maps =
smtpd_peername_lookup = no
CF
    cat >> $lab/$1/etc/main.cf
    echo "$STANDARD_SERVICES" > $lab/$1/etc/master.cf
    echo "$2" > $lab/$1/make
    if [ "$2" = estafeta ]; then
        printf 'command_directory = %s\ndaemon_directory = %s\nsendmail_path = %s/sendmail\nestafeta_sessions_per_process = 50\n' \
            $lab/programs $lab/programs $lab/programs >> $lab/$1/etc/main.cf
    fi
}

# command NAME COMMAND…: a command of that mail system.
command_of() {
    local name=$1 command=$2
    shift 2
    if [ "$(cat $lab/$name/make)" = estafeta ]; then command=$lab/programs/$command; fi
    MAIL_CONFIG=$lab/$name/etc "$command" "$@"
}

# wait_for SECONDS COMMAND…: until it succeeds.
wait_for() {
    local i limit=$(($1 * 10))
    shift
    for i in $(seq $limit); do "$@" > /dev/null 2>&1 && return; sleep 0.1; done
    echo "waited in vain: $*"
    return 1
}
