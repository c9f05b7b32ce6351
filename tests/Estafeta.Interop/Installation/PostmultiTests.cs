using System.Text.RegularExpressions;
using Estafeta.TestSystem;

namespace Estafeta.Interop.Installation;

/// <summary>postmulti(1) with several instances on a system of its own says and does what Postfix's does.</summary>
public sealed class PostmultiTests
{
    private const string Script =
        """
        verb() {
            echo "\$ $*"
            script -qec "$(printf '%q ' "$@")" /dev/null < /dev/null 2>&1 | tr -d '\r'
            echo "= ${PIPESTATUS[0]}"
        }
        cd /
        postconf -e maillog_file=/var/log/mail.log inet_interfaces=127.0.0.1 myhostname=mail.example.test mydestination=example.test
        rm -rf /var/spool/postfix/maildrop/*
        echo 'postmaster: root' > /etc/aliases; newaliases
        verb postmulti -l
        verb postmulti -I postfix-out -e create
        verb postmulti -e init
        verb postmulti -l
        verb postmulti -I postfix-out -G out -e create
        verb postmulti -I postfix-in -G in -g out -e create
        verb postmulti -l
        grep multi_inst /etc/postfix/main.cf | sort
        verb postmulti -i postfix-out -e enable
        verb postmulti -x postconf -h myhostname
        verb postmulti -R -x postconf -h queue_directory
        verb postmulti -g out -x sh -c 'echo $multi_instance_name $multi_instance_group $config_directory $data_directory'
        verb postmulti -i postfix-out -p status
        verb postfix status
        verb postfix start
        sleep 1
        verb postmulti -p status
        verb postfix reload
        verb postfix stop
        verb postmulti -R -p status
        verb postmulti -i nosuch -p status
        verb postmulti -e create
        verb postmulti -I postfix-out -e create
        verb postmulti -I bad-name -e create
        verb postmulti -I postfix-three -e create myhostname=three.example.test
        verb postmulti -I postfix-three -e create nothing
        verb postmulti -i postfix-three -I postfix-3 -e assign
        verb postmulti -i postfix-in -I postfix-new -G - -e assign
        verb postmulti -l
        verb postmulti -i postfix-new -e destroy
        ls -d /etc/postfix-* /var/spool/postfix-* /var/lib/postfix-*
        verb postmulti -i postfix-out -e deport
        verb postmulti -i postfix-out -e disable
        verb postmulti -i postfix-out -e deport
        verb postmulti -l
        verb postmulti -I postfix-back -e import config_directory=/etc/postfix-out
        verb postmulti -l
        verb postmulti -e enable
        verb postmulti
        verb postmulti -l -p status
        verb postmulti -q
        verb postmulti -e bogus
        verb postmulti -i - -e destroy
        """;

    [Fact]
    public void Instances_LiveAsUnderPostfix()
    {
        Assert.SkipWhen(ThrowawaySystem.Obstacle != null, ThrowawaySystem.Obstacle ?? "");
        Assert.SkipUnless(File.Exists("/usr/lib/postfix/sbin/master"), "Postfix is not installed: apt-get install postfix");
        var theirs = Normalised(ThrowawaySystem.Run(Script).Output);
        var ours = Normalised(ThrowawaySystem.Run(InstalledSystem.WithLinks + Script).Output);
        Assert.Contains("/etc/postfix-out", theirs);
        Assert.Equal(theirs, ours);
    }

    [Fact]
    public void Destroy_LeavesWhatMayBeMail()
    {
        Assert.SkipWhen(ThrowawaySystem.Obstacle != null, ThrowawaySystem.Obstacle ?? "");
        var (_, output) = ThrowawaySystem.Run(InstalledSystem.WithLinks +
            """
            cd /
            postconf -e myhostname=mail.example.test
            postmulti -e init
            postmulti -I postfix-out -e create
            mkdir /var/spool/postfix-out/deferred/A; echo x > /var/spool/postfix-out/deferred/A/of-another-mail-system
            mv /usr/sbin/postqueue /tmp/postqueue; ln -s /bin/false /usr/sbin/postqueue
            postmulti -i postfix-out -e destroy; echo "= $?"
            ls /etc/postfix-out
            mv /tmp/postqueue /usr/sbin/postqueue
            postmulti -i postfix-out -e destroy; echo "= $?"
            ls -d /etc/postfix-out /var/lib/postfix-out
            find /var/spool/postfix-out
            """);
        Assert.Equal(
            """
            postmulti: fatal: Instance '/etc/postfix-out' mail queue is not empty
            = 1
            main.cf
            master.cf
            postmulti: warning: /var/spool/postfix-out/deferred is not empty and stays
            postmulti: warning: /var/spool/postfix-out is not empty and stays
            = 0
            ls: cannot access '/etc/postfix-out': No such file or directory
            ls: cannot access '/var/lib/postfix-out': No such file or directory
            /var/spool/postfix-out
            /var/spool/postfix-out/deferred
            /var/spool/postfix-out/deferred/A
            /var/spool/postfix-out/deferred/A/of-another-mail-system

            """,
            output);
    }

    // Postfix's life-cycle script logs under a name of its own; how long a stop takes depends on the machine.
    private static string Normalised(string output) =>
        Regex.Replace(Regex.Replace(output, "PID: [0-9]+", "PID: 1"), "[a-z-]+/postfix-script: (warning: )?(waiting for|stopping the Postfix mail system with)[^\n]*\n", "").Replace("postfix/postmulti-script: ", "postmulti: ", StringComparison.Ordinal);
}
