# Dovecot's delivery agent by pipe: flags, macros and their quoting, exit codes.
# sees: status=sent (delivered via dovecot service)
# sees: dsn=4.3.0, status=deferred (temporary failure. Command output: come back later )
# sees: dsn=5.1.1, status=bounced (user unknown. Command output: no such user )
mkdir -p $T/lda; chmod 1777 $T $T/lda
cat > $T/deliver << 'X'
#!/bin/sh
for a in "$@"; do case $a in *late*) echo come back later; exit 75 ;; *nouser*) echo no such user; exit 67 ;; *killed*) kill -9 $$ ;; *odd*) exit 9 ;; esac; done
f=$(mktemp /tmp/site/lda/XXXXXX)
{ echo "run as $(id -un):$(id -gn)"; for a in "$@"; do echo "argument <$a>"; done; env | grep -vE '^(PWD|SHLVL|_|OLDPWD)=' | sort; cat; } > $f
X
chmod 755 $T/deliver
SERVICES='dovecot unix - n n - - pipe
  flags=DRhu user=vmail:vmail argv=/tmp/site/deliver -f ${sender} -d ${user}@${domain} -m ${extension}
batch unix - n n - - pipe
  flags=XORq. user=vmail argv=/tmp/site/deliver ${recipient} ${original_recipient} ${queue_id} ${client_address} {${mailbox} and more} -s ${size} -n ${nexthop} ${sasl_username} ${envid}'
begin myhostname=mail.example.test mydestination= mynetworks=127.0.0.2 recipient_delimiter=+ virtual_mailbox_domains='one.example two.example' virtual_mailbox_maps= virtual_transport=dovecot dovecot_destination_recipient_limit=1 \
    'transport_maps=inline:{two.example=batch:list}'
for to in Alice@ONE.example bob+folder@one.example 'bob+a+b@one.example' late@one.example nouser@one.example killed@one.example odd@one.example; do message A@s.example $to; done
message '' x@one.example y@one.example
message '"odd sender"@s.example' '"a b"@one.example' '"quo\"ted+x"@one.example'
message A@s.example m1@two.example 'm2+e@two.example'
outcome
for f in $(grep -l . $T/lda/*); do sed -E 's/id [0-9A-F]{6,}/id ID/; s/^argument <[0-9A-F]{6,}>/argument <ID>/; s/^(\tfor .*; |\t).*\(UTC\)/\1D/; s/; [A-Z][a-z]{2}, .*/; D/; s/^From (.*)  [A-Z].*/From \1/; s/-s|argument <[0-9]+>/N/' $f | paste -sd'|'; done | sort
