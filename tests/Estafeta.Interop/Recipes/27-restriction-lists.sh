# Restriction lists with DNS lists and HELO checks, warn_if_reject, reply texts of one's own, and names from long ago.
# sees: blocked using zen.example
# sees: reject_warning: RCPT
names << X
2.0.0.127.zen.example A 127.0.0.4
2.0.0.127.zen.example TXT listed-here
3.0.0.127.zen.example A 127.0.1.1
4.0.0.127.white.example A 127.0.10.3
4.0.0.127.zen.example A 127.0.0.2
bad.example.dbl.example A 127.0.1.2
good.example MX 10 mx.good.example
mx.good.example A 127.0.0.9
bad.example A 127.0.0.9
helo.good.example A 127.0.0.3
X
table helo << 'X'
/^localhost$/ REJECT you are not me
/^\[?[0-9.]+\]?$/ WARN numeric
X
table rbl_reply << 'X'
other.example $rbl_code Blocked by $rbl_domain: $rbl_what ($rbl_class)${rbl_reason?; $rbl_reason}
X
postmap hash:/etc/postfix/rbl_reply
begin myhostname=mail.example.test mydestination=example.test local_recipient_maps= 'local_transport=discard:' 'default_transport=discard:' mynetworks=127.0.0.9 smtpd_peername_lookup=no smtpd_helo_required=yes smtpd_delay_reject=yes strict_rfc821_envelopes=yes disable_vrfy_command=yes \
    smtpd_error_sleep_time=0 smtpd_hard_error_limit=1000 smtpd_soft_error_limit=1000 smtpd_junk_command_limit=1000 rbl_reply_maps=hash:/etc/postfix/rbl_reply maps_rbl_reject_code=554 \
    'smtpd_helo_restrictions=permit_mynetworks, permit_sasl_authenticated, check_helo_access regexp:/etc/postfix/helo, reject_non_fqdn_helo_hostname, reject_invalid_helo_hostname, warn_if_reject reject_unknown_helo_hostname' \
    'smtpd_client_restrictions=permit_mynetworks, permit_dnswl_client white.example=127.0.[10..11].[0..3], reject_rbl_client zen.example=127.0.0.[2..11]' \
    'smtpd_sender_restrictions=reject_non_fqdn_sender, reject_unknown_sender_domain, reject_rhsbl_sender dbl.example=127.0.1.[2..99]' smtpd_data_restrictions=reject_unauth_pipelining 'smtpd_recipient_restrictions=reject_non_fqdn_recipient, reject_unauth_destination, reject_rbl_client other.example'
client() { dialog 25 "$@" | grep -vE '^(<|>) (220|250[- ](mail|PIPE|SIZE|ETRN|ENH|8BIT|DSN|SMTPUTF8|CHUNK))'; }
export SHOW=1
client 127.0.0.2 'EHLO helo.good.example' 'VRFY x' 'MAIL FROM:<a@good.example>' 'RCPT TO:<x@example.test>' QUIT
client 127.0.0.3 'EHLO helo.good.example' 'MAIL FROM:<a@good.example>' 'RCPT TO:<x@example.test>' 'RCPT TO:<y@elsewhere.example>' 'RCPT TO:<short>' DATA 'BODY 72' QUIT
client 127.0.0.4 'EHLO helo.good.example' 'MAIL FROM:<a@good.example>' 'RCPT TO:<x@example.test>' QUIT
for helo in localhost '[127.0.0.3]' 127.0.0.3 short 'bad_name!.example' unknown.helo.example ''; do client 127.0.0.3 "EHLO $helo" 'MAIL FROM:<a@good.example>' 'RCPT TO:<x@example.test>' QUIT; done
for from in a@bad.example a@nowhere.example short '' 'a@[127.0.0.1]'; do client 127.0.0.3 'EHLO helo.good.example' "MAIL FROM:<$from>" 'RCPT TO:<x@example.test>' QUIT; done
client 127.0.0.3 'MAIL FROM:<a@good.example>' 'EHLO helo.good.example' 'MAIL FROM: <a@good.example>' 'MAIL FROM:a@good.example' 'MAIL FROM:<a@good.example> x' QUIT
postconf -e 'smtpd_helo_restrictions=reject_non_fqdn_hostname, reject_invalid_hostname, reject_unknown_hostname' 'smtpd_client_restrictions=warn_if_reject, reject_rbl_client zen.example, reject_unknown_client'
reload
for helo in short 'bad_name!.example' unknown.helo.example; do client 127.0.0.2 "EHLO $helo" 'MAIL FROM:<a@good.example>' 'RCPT TO:<x@example.test>' QUIT; done
client 127.0.0.5 'EHLO helo.good.example' 'MAIL FROM:<a@good.example>' 'RCPT TO:<x@example.test>' QUIT
unset SHOW
outcome
