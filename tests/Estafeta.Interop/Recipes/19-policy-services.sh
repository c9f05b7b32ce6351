# Policy services: attributes at each stage, every action, a service that is spawned, one that is down with a default action.
# sees: instance is the same
cat > $T/policy.pl <<'PERL'
#!/usr/bin/perl
$| = 1;
open my $log, '>>', '/tmp/site/policy.log';
while (1) {
    my %a;
    while (<STDIN>) { chomp; last if $_ eq ''; my ($n, $v) = split /=/, $_, 2; $a{$n} = $v; push @{$a{names}}, $n }
    exit unless %a;
    my ($user) = $a{recipient} =~ /^([^@]*)/;
    my %actions = (dunno => 'DUNNO', ok => 'OK', reject => 'REJECT no thanks', defer => 'DEFER later', dip => 'DEFER_IF_PERMIT grey', dir => 'DEFER_IF_REJECT x', prepend => 'PREPEND X-Policy: seen', filter => 'FILTER discard:filtered', hold => 'HOLD kept', redirect => 'REDIRECT else@out.example', discard => 'DISCARD gone', warn => 'WARN look', info => 'INFO note', bcc => 'BCC copy@out.example', code => '450 4.7.9 own', nonsense => 'FROBNICATE it', restriction => 'reject_unauth_destination', empty => '');
    my $action = $ARGV[0] eq 'quota' || $user eq 'bcc' && $ARGV[0] eq 'end' ? 'DUNNO' : $actions{$user} // 'DUNNO';
    print $log "$ARGV[0] $a{protocol_state} $user: ", join(' ', map { "$_=" . ($_ eq 'instance' ? 'I' : $_ =~ /^(queue_id|client_port|size)$/ ? ($a{$_} eq '' ? '' : 'some') : $a{$_}) } grep { !/^(tls_sni|compatibility_level|mail_version)$/ } @{$a{names}}), "\n"; # some are newer than the oracle
    print $log "instances $a{sender} $a{instance}\n";
    $log->flush;
    print "action=$action\n\n";
}
PERL
chmod 755 $T/policy.pl; touch $T/policy.log; chmod 666 $T/policy.log
SERVICES='policy unix - n n - 0 spawn user=nobody argv=/usr/bin/perl /tmp/site/policy.pl recipient
quota unix - n n - 0 spawn user=nobody argv=/usr/bin/perl /tmp/site/policy.pl quota
127.0.0.1:7777 inet n n n - 0 spawn user=nobody argv=/usr/bin/perl /tmp/site/policy.pl end'
PORTS='25 7777'
begin myhostname=mail.example.test mydestination= mynetworks=127.0.0.2 'default_transport=discard:' 'relay_transport=discard:' relay_domains=relay.example policy_time_limit=3600 smtpd_error_sleep_time=0 smtpd_hard_error_limit=100 smtpd_policy_service_retry_delay=1s smtpd_policy_service_try_limit=1 \
    'smtpd_recipient_restrictions=check_policy_service unix:private/policy, check_policy_service { unix:private/quota, timeout=10s, default_action=DUNNO }, check_policy_service { inet:127.0.0.1:7, default_action=DUNNO }, permit_mynetworks, reject_unauth_destination' \
    'smtpd_relay_restrictions=permit_mynetworks, reject_unauth_destination' smtpd_end_of_data_restrictions='check_policy_service inet:127.0.0.1:7777' 'smtpd_policy_service_policy_context=here'
export SHOW=1
for user in dunno ok reject defer dip dir prepend filter hold redirect discard warn info bcc code nonsense restriction empty; do
    trusted 'EHLO c.example' "MAIL FROM:<$user@s.example> SIZE=300" "RCPT TO:<$user@relay.example>" DATA 'BODY 144' QUIT | sed -n '/RCPT/,$p'
done
stranger 'EHLO s.example' 'MAIL FROM:<>' 'RCPT TO:<dir@elsewhere.example>' QUIT | sed -n '/RCPT/,$p'
trusted 'EHLO c.example' 'MAIL FROM:<two@s.example>' 'RCPT TO:<one@relay.example>' 'RCPT TO:<two@relay.example>' DATA 'BODY 144' QUIT > /dev/null
unset SHOW
echo '-- policy'
grep -v ^instances $T/policy.log | sort
[ $(grep '^instances two@s.example' $T/policy.log | sort -u | wc -l) = 1 ] && echo 'instance is the same'
settle
postqueue -j | grep -o '"queue_name": "hold"\|"address": "[^"]*"' | sort
outcome
