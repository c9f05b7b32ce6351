using System.Text.RegularExpressions;
using Estafeta.TestSystem;

namespace Estafeta.Interop.Installation;

/// <summary>postfix(1) as root on a system of its own: messages and exit statuses are Postfix's.</summary>
public sealed class PostfixVerbTests
{
    [Fact]
    public void EveryVerb_SaysAndReturnsWhatPostfixDoes()
    {
        Assert.SkipWhen(ThrowawaySystem.Obstacle != null, ThrowawaySystem.Obstacle ?? "");
        Assert.SkipUnless(File.Exists("/usr/lib/postfix/sbin/master"), "Postfix is not installed: apt-get install postfix");
        var theirs = Normalised(ThrowawaySystem.Run(InstalledSystem.VerbScript).Output);
        var ours = Normalised(ThrowawaySystem.Run(InstalledSystem.WithLinks + InstalledSystem.VerbScript).Output);
        Assert.Contains("the Postfix mail system is running: PID", theirs);
        Assert.True(theirs == ours, $"Postfix:\n{theirs}\nours:\n{ours}");
    }

    [Fact]
    public void WhatIsWrong_IsSaid_AndNothingStarts()
    {
        Assert.SkipWhen(ThrowawaySystem.Obstacle != null, ThrowawaySystem.Obstacle ?? "");
        var (_, output) = ThrowawaySystem.Run(InstalledSystem.WithLinks +
            """
            verb() { echo "\$ $*"; "$@"; echo "= $?"; }
            cd /
            postconf -e maillog_file=/var/log/mail.log inet_interfaces=127.0.0.1 myhostname=mail.example.test
            echo 'no such line' >> /etc/postfix/main.cf
            verb postfix start
            sed -i '$d' /etc/postfix/main.cf
            echo 'no such line' >> /etc/postfix/master.cf
            verb postfix start
            sed -i '$d' /etc/postfix/master.cf
            chown root /var/spool/postfix/active
            verb postfix start
            verb postfix set-permissions
            sed -i 's/^mail_owner.*/mail_owner = nosuchuser/' /etc/postfix/main.cf
            verb postfix start
            sed -i 's/^mail_owner.*/mail_owner = postfix/' /etc/postfix/main.cf
            perl -MIO::Socket::INET -e '$| = 1; my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 25, Listen => 1) or die; print "x\n"; sleep 60' > /tmp/taken &
            for i in $(seq 600); do [ -s /tmp/taken ] || sleep 0.1; done
            verb postfix start
            kill %1; wait %1 2> /dev/null
            verb postfix status
            verb ls /var/spool/postfix/public
            verb postfix start
            verb postfix abort
            """);
        Assert.Equal(
            """
            $ postfix start
            postfix: fatal: /etc/postfix/main.cf, line 42: missing '=' after attribute name: "no such line"
            = 1
            $ postfix start
            postfix/postfix-script: fatal: /etc/postfix/master.cf: line 42: bad transport type: such
            postfix/postfix-script: fatal: Postfix integrity check failed!
            = 1
            $ postfix start
            postfix/postfix-script: error: not owned by postfix: /var/spool/postfix/active/.
            postfix/postfix-script: fatal: Postfix integrity check failed!
            = 1
            $ postfix set-permissions
            = 0
            $ postfix start
            postfix: fatal: file /etc/postfix/main.cf: parameter mail_owner: unknown user name value: nosuchuser
            = 1
            $ postfix start
            master: fatal: bind 127.0.0.1 port 25: Address already in use
            postfix/postfix-script: fatal: mail system startup failed
            = 1
            $ postfix status
            = 1
            $ ls /var/spool/postfix/public
            = 0
            $ postfix start
            = 0
            $ postfix abort
            = 0

            """,
            Regex.Replace(output, "(main.cf, |master.cf: )line [0-9]+:", "$1line 42:"));
    }

    private static string Normalised(string output)
    {
        output = Regex.Replace(output, "PID: [0-9]+", "PID: 1");
        output = Regex.Replace(output, "(?<=logrotate)(, non-bdb)?, tls(?=\\))", ""); // newer than Debian's, or ours alone

        // Said when the end takes longer than a moment.
        output = output.Replace("postfix/postfix-script: waiting for the Postfix mail system to terminate\n", "", StringComparison.Ordinal);

        // Postfix's postqueue also says which socket it did not find.
        return Regex.Replace(output, "postqueue: warning: unable to look up public/qmgr: [^\n]*\n", "");
    }
}
