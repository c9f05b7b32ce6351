using Estafeta.TestSystem;

namespace Estafeta.Interop.Installation;

/// <summary>
/// <c>./install</c> as root on a machine without a mail system: what is where with which owner and mode, mail from a user into a mailbox, and
/// what the set-gid commands take from their caller. Needs the native build, which <c>./test --interop</c> makes.
/// </summary>
public sealed class InstallTests
{
    private static readonly string Artifacts = Path.Combine(Programs.RepositoryRoot(), "artifacts");

    [Fact]
    public void Install_PutsAllInPlace()
    {
        var output = Install(
            """
            cd /; stat -c '%A %U %G %N' /usr/lib/estafeta/* /usr/sbin/{postfix,postdrop,postmap,sendmail} /usr/bin/mailq /usr/lib/sendmail /etc/postfix/* \
                /usr/libexec/postfix/{master,smtpd} /usr/lib/systemd/system/postfix.service | sed "s/[‘’]/'/g"
            stat -c '%A %U %G %n' /var/lib/postfix /var/spool/postfix /var/spool/postfix/*
            postfix check; echo "check $?"
            echo 'root: postmaster' > /tmp/aliases; newaliases -oA/tmp/aliases; echo "newaliases $?"; postalias -q root lmdb:/tmp/aliases; postconf -h process_name
            """);
        Assert.Equal(
            """
            -rwxr-xr-x root root '/usr/lib/estafeta/estafeta'
            -rwxr-xr-x root root '/usr/lib/estafeta/estafeta-quick'
            -rwxr-sr-x root postdrop '/usr/lib/estafeta/postdrop'
            -rwxr-sr-x root postdrop '/usr/lib/estafeta/postlog'
            -rwxr-sr-x root postdrop '/usr/lib/estafeta/postqueue'
            lrwxrwxrwx root root '/usr/sbin/postfix' -> '/usr/lib/estafeta/estafeta'
            lrwxrwxrwx root root '/usr/sbin/postdrop' -> '/usr/lib/estafeta/postdrop'
            lrwxrwxrwx root root '/usr/sbin/postmap' -> '/usr/lib/estafeta/estafeta-quick'
            lrwxrwxrwx root root '/usr/sbin/sendmail' -> '/usr/lib/estafeta/estafeta'
            lrwxrwxrwx root root '/usr/bin/mailq' -> '/usr/sbin/sendmail'
            lrwxrwxrwx root root '/usr/lib/sendmail' -> '/usr/sbin/sendmail'
            -rw-r--r-- root root '/etc/postfix/main.cf'
            -rw-r--r-- root root '/etc/postfix/main.cf.proto'
            -rw-r--r-- root root '/etc/postfix/master.cf'
            -rw-r--r-- root root '/etc/postfix/master.cf.proto'
            lrwxrwxrwx root root '/usr/libexec/postfix/master' -> '/usr/lib/estafeta/estafeta'
            lrwxrwxrwx root root '/usr/libexec/postfix/smtpd' -> '/usr/lib/estafeta/estafeta'
            -rw-r--r-- root root '/usr/lib/systemd/system/postfix.service'
            drwx------ postfix root /var/lib/postfix
            drwxr-xr-x root root /var/spool/postfix
            drwx------ postfix root /var/spool/postfix/active
            drwx------ postfix root /var/spool/postfix/bounce
            drwx------ postfix root /var/spool/postfix/corrupt
            drwx------ postfix root /var/spool/postfix/defer
            drwx------ postfix root /var/spool/postfix/deferred
            drwx------ postfix root /var/spool/postfix/flush
            drwx------ postfix root /var/spool/postfix/hold
            drwx------ postfix root /var/spool/postfix/incoming
            drwx-wx--- postfix postdrop /var/spool/postfix/maildrop
            drwxr-xr-x root root /var/spool/postfix/pid
            drwx------ postfix root /var/spool/postfix/private
            drwx--x--- postfix postdrop /var/spool/postfix/public
            drwx------ postfix root /var/spool/postfix/saved
            drwx------ postfix root /var/spool/postfix/store
            drwx------ postfix root /var/spool/postfix/trace
            check 0
            newaliases 0
            postmaster
            postconf

            """,
            output);
    }

    [Fact]
    public void Installed_DeliversAUsersMail_AndRunsAsItsOwner()
    {
        var output = Install(
            """
            cd /; useradd -m someone; useradd -m other
            postconf -e maillog_file=/var/log/mail.log myhostname=mail.example.test mydestination=mail.example.test
            postfix start
            su someone -c 'printf "Subject: hello\n\ntext\n" | sendmail other@mail.example.test'; echo "sent $?"
            for i in $(seq 600); do grep -q ": removed" /var/log/mail.log || sleep 0.1; done
            grep -E '^(Subject|Delivered-To|text)' /var/mail/other
            stat -c '%A %U' /var/mail/other
            for process in $(pgrep -P $(cat /var/spool/postfix/pid/master.pid)); do
                echo "$(tr '\0' ' ' < /proc/$process/cmdline | cut -d' ' -f1) $(stat -c %U /proc/$process)"
            done | sort -u
            su someone -c 'postqueue -p'
            postfix stop
            su someone -c 'echo text | sendmail other@mail.example.test'; echo "sent $?"
            su someone -c mailq; echo "mailq $?"
            mailq 2> /dev/null | tail -1
            ls /var/spool/postfix/maildrop | wc -l
            """);
        Assert.Equal(
            """
            sent 0
            Delivered-To: other@mail.example.test
            Subject: hello
            text
            -rw------- other
            local root
            postlogd postfix
            queue postfix
            Mail queue is empty
            sent 0
            postqueue: fatal: Queue report unavailable - mail system is down (Connect to the Postfix showq service: No such file or directory)
            mailq 69
            -- 0 Kbytes in 1 Request.
            1

            """,
            output);
    }

    /// <summary>
    /// The .NET runtime takes settings from DOTNET_ variables before any managed code runs: with a heap of 4 KiB it cannot start. Where the
    /// start is set-gid it must not see them; a copy that is not set-gid shows that the setting would have worked.
    /// </summary>
    [Fact]
    public void SetGidCommands_IgnoreTheirCallersRuntimeSettings()
    {
        var output = Install(
            """
            cd /; mkdir /plain; cp /usr/lib/estafeta/postqueue /plain/postqueue; chmod 755 /plain/postqueue
            run() { su nobody -s /bin/sh -c "DOTNET_GCHeapHardLimit=1000 $1 -x" > /tmp/out 2>&1; echo "$1: $? $(grep -c usage /tmp/out)"; }
            run postqueue
            run /plain/postqueue
            su nobody -s /bin/sh -c 'MAIL_CONFIG=/tmp postqueue -p' 2>&1 | head -1
            """);
        Assert.Matches(
            "^postqueue: 69 1\n/plain/postqueue: [0-9]+ 0\npostqueue: error: unauthorized configuration directory name: /tmp\n$", output);
    }

    private static string Install(string script)
    {
        Assert.SkipWhen(ThrowawaySystem.Obstacle != null, ThrowawaySystem.Obstacle ?? "");
        var executable = Path.Combine(Artifacts, "native/estafeta");
        var quick = Path.Combine(Artifacts, "quick/estafeta-quick");
        var setgid = Path.Combine(Artifacts, "setgid/estafeta-setgid");
        Assert.SkipUnless(
            File.Exists(executable) && File.Exists(quick) && File.Exists(setgid), "there is no native build: ./test --interop makes it (and needs a C linker)");
        Assert.SkipUnless(
            File.GetLastWriteTimeUtc(executable) >= File.GetLastWriteTimeUtc(Path.ChangeExtension(Programs.Executable, ".dll")),
            "the native build is older than the one that is tested: ./test --interop makes it anew");
        var (_, output) = ThrowawaySystem.Run(
            $"""
            {InstalledSystem.WithoutPostfix}
            userdel postfix 2> /dev/null; groupdel postdrop 2> /dev/null; groupdel postfix 2> /dev/null
            cd '{Programs.RepositoryRoot()}'
            export ESTAFETA_QUICK_EXECUTABLE='{quick}'
            ESTAFETA_EXECUTABLE='{executable}' ESTAFETA_SETGID_EXECUTABLE='{setgid}' ./install > /tmp/install.log 2>&1 || cat /tmp/install.log

            """ + script);
        return output;
    }
}
