# Virtual alias domains in plain files: several recipients, catch-all, duplicates, limits, errors.
# sees: orig_to=<anything@two.example>
# sees: unreasonable virtual_alias_maps map nesting
names << X
other.example MX 10 mx.other.example
mx.other.example A 127.0.0.9
X
sink 127.0.0.9:25
table virtual << X
one.example anything
info@one.example alice,bob@other.example
both@one.example alice, alice@example.test, info@one.example
self@one.example self@one.example, carol
deep1@one.example deep2@one.example
deep2@one.example deep3@one.example
deep3@one.example alice
wide@one.example a1@other.example, a2@other.example, a3@other.example, a4@other.example
round@one.example around@one.example
around@one.example again@one.example, round@one.example
again@one.example round@one.example, x@other.example
two.example anything
@two.example carol@one.example
carol@one.example carol
@three.example @other.example
X
postmap hash:/etc/postfix/virtual
begin myhostname=mail.example.test mydomain=example.test 'myorigin=$mydomain' mydestination=example.test mynetworks=127.0.0.2 home_mailbox=Maildir/ alias_maps= \
    virtual_alias_domains='one.example two.example three.example' virtual_alias_maps=hash:/etc/postfix/virtual
for to in info both self deep1 wide round; do message s@s.example $to@one.example; done
message s@s.example anything@two.example x@three.example info@one.example
SHOW=1 stranger 'EHLO s.example' 'MAIL FROM:<a@s.example>' 'RCPT TO:<nosuch@one.example>' 'RCPT TO:<x@two.example>' 'RCPT TO:<y@three.example>' QUIT
settle
postconf -e virtual_alias_recursion_limit=2 virtual_alias_expansion_limit=3
reload
message s@s.example deep1@one.example
message s@s.example wide@one.example
outcome
mailbox ~alice/Maildir ~carol/Maildir
