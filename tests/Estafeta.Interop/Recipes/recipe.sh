# What the recipes share. Sourced after site.sh.
RECIPES=$(dirname "${BASH_SOURCE[0]}")
Z=$T/zone
HOPS=
SERVICES=
for user in alice bob carol vmail; do useradd -m $user 2> /dev/null; done
rm -rf /var/log/mail.log /var/spool/postfix/maildrop/* /var/mail/*
# Names of this little Internet, a line each: NAME TYPE DATA. Served on 127.0.0.1 once `names` has been called.
cat > $T/dns.pl <<'PERL'
use IO::Socket::INET;
my %records;
open my $zone, '<', $ARGV[0] or die;
while (<$zone>) { my ($name, $type, $data) = split ' ', $_, 3; chomp $data; push @{$records{lc $name}{$type}}, $data if defined $data }
my %types = (1 => 'A', 28 => 'AAAA', 15 => 'MX', 16 => 'TXT', 12 => 'PTR', 5 => 'CNAME');
my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 53, Proto => 'udp') or die "bind: $!";
sub wire { join('', map { pack 'C/a*', $_ } split /\./, shift) . "\0" }
sub data {
    my ($type, $data) = @_;
    return pack 'C4', split /\./, $data if $type eq 'A';
    return pack 'n8', map { hex } split /:/, $data if $type eq 'AAAA';
    return pack('n', $1) . wire($2) if $type eq 'MX' && $data =~ /^(\d+) (.*)/;
    return pack 'C/a*', $data if $type eq 'TXT';
    return wire $data;
}
while (defined $s->recv(my $q, 4096)) {
    my ($at, @labels) = 12;
    while (my $n = ord substr $q, $at, 1) { push @labels, substr $q, $at + 1, $n; $at += $n + 1 }
    my $type = $types{unpack 'n', substr $q, $at + 1, 2} // '';
    my $of = $records{lc join '.', @labels};
    my $code = $of ? 0 : 3;
    my @found = map { pack('n5', 0xC00C, unpack('n', substr $q, $at + 1, 2), 1, 0, 60) . pack('n/a*', data($type, $_)) } @{$of->{$type} // []};
    $s->send(substr($q, 0, 2) . pack('n5', 0x8580 | $code, 1, scalar @found, 0, 0) . substr($q, 12, $at - 7) . join '', @found);
}
PERL
names() {
    cat > $Z
    rm -f /etc/resolv.conf
    echo 'nameserver 127.0.0.1' > /etc/resolv.conf
    perl $T/dns.pl $Z &
}
# sink ADDRESS:PORT OPTION...: a next hop that takes everything.
sink() { local at=$1; shift; smtp-sink -u nobody "$@" $at 100 & HOPS="$HOPS ${at%:*}/${at##*:}"; }
# certificate NAME: a self-signed one, in $T/NAME.pem with its key.
certificate() { openssl req -x509 -newkey rsa:2048 -nodes -keyout $T/$1.key -out $T/$1.crt -days 9 -subj "/CN=$1" -addext "subjectAltName=DNS:$1" 2> /dev/null; cat $T/$1.key $T/$1.crt > $T/$1.pem; }
# hop ADDRESS:PORT NAME starttls|wrapped [USER:PASSWORD]...: a next hop with TLS.
hop() {
    local at=$1 name=$2
    shift 2
    command -v python3 > /dev/null || { echo 'SKIP python3 is not installed: apt-get install python3'; exit 0; }
    certificate $name
    python3 $RECIPES/hop.py $at $name $T/$name.pem "$@" >> $T/hops &
    HOPS="$HOPS ${at%:*}/${at##*:}"
}
# Of a table's type that every build has.
table() { cat > /etc/postfix/$1; }
# begin NAME=VALUE...: the main.cf, whole, beside Debian's master.cf.
begin() {
    local base='compatibility_level=3.6 maillog_file=/var/log/mail.log inet_protocols=ipv4 inet_interfaces=127.0.0.1' line
    {
        for line in $base; do [[ " $*" == *" ${line%%=*}="* ]] || echo $line; done
        printf '%s\n' "$@"
    } > /etc/postfix/main.cf
    cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
    postconf -F '*/*/chroot=n'
    [ -z "$SERVICES" ] || printf '%s\n' "$SERVICES" >> /etc/postfix/master.cf
    postfix start || exit 1
    until_port ${PORTS:-25}
    for at in $HOPS; do for i in $(seq 600); do (: < /dev/tcp/$at) 2> /dev/null && break; sleep 0.1; done; done
}
# dovecot_like NAME: an authentication service at private/NAME that knows PLAIN and says no; it lets smtpd start with AUTH.
dovecot_like() {
    perl -MIO::Socket::UNIX -e 'unlink $ARGV[0]; my $s = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 9) or die; chmod 0666, $ARGV[0]; my @kept;
        while (my $c = $s->accept) { print $c "VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\tx\nDONE\n"; $c->flush; push @kept, $c }' /var/spool/postfix/private/$1 &
}
# The processes with the old configuration are gone when it returns.
RELOADS=0
reload() {
    local old pid i
    old=$(pgrep -P $(tr -d ' ' < /var/spool/postfix/pid/master.pid) -f '^(smtpd|smtp|cleanup) ')
    postfix reload
    RELOADS=$((RELOADS + 1))
    until_there $RELOADS 'reload --'
    for pid in $old; do for i in $(seq 600); do kill -0 $pid 2> /dev/null || break; sleep 0.1; done; done
}
# message SENDER RECIPIENT...: from a trusted client.
message() { local sender=$1 recipients=() r; shift; for r in "$@"; do recipients+=("RCPT TO:<$r>"); done; trusted 'EHLO client.example' "MAIL FROM:<$sender>" "${recipients[@]}" DATA 'BODY 144' QUIT; }
local_mail() { local sender=$1; shift; printf 'Subject: local\n\ntext\n' | sendmail -f "$sender" "$@"; }
# What the log says of deliveries, refusals and trouble, without what differs from run to run.
facts() {
    sed -nE 's/^[A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} [^ ]+ postfix\/([a-z0-9\/-]+)\[[0-9]+\]: /\1: /p' /var/log/mail.log \
        | grep -E 'to=<|reject|warning|error|fatal|panic|hold:|filter:|redirect|expired|sender (non-)?delivery' | grep -vE 'postfix-script|NOQUEUE: filter|dict_nis_init' \
        | sed -E 's/: [0-9A-F]{6,}: /: ID: /; s/ (tls|conn_use)=[^,]*,//g; s/size=[0-9]+, //; s/ sasl_method=.*//; s/delay=[0-9.]+, delays=[0-9.\/]+, //; s/(queued|forwarded) as [0-9A-F]{6,}/\1 as ID/g; s/notification: [0-9A-F]+/notification: ID/; s/[A-Za-z]+ +[0-9]+ [0-9:]{8} [0-9]{4}/DATE/g' | sort
}
# At the end, when all lines are in the log.
outcome() {
    settle
    postfix stop 2> /dev/null
    echo '-- log'
    facts
}
# mailbox FOLDER...: each file in a line, with owner and mode, and what is in it but times and IDs.
mailbox() {
    find "$@" -type f | while read -r file; do
        echo "$(dirname $file) $(stat -c '%U:%G %a' $file) $(sed -E 's/^Date: .*/Date: D/; s/^Message-Id: .*/Message-Id: M/; s/; .*(\(UTC\)|\+0000).*/; D/; s/^\t[A-Z][a-z]{2}, .*\(UTC\)/\tD/; s/^From ([^ ]+) .*/From \1 D/; s/id [0-9A-F]{6,}/id ID/; s/from userid [0-9]+/from userid N/' $file | paste -sd'|')"
    done | sort
}
heard() { echo '-- heard by the next hop'; sort $T/hops | grep -v trouble; }
