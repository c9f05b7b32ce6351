using Estafeta.TestSystem;

namespace Estafeta.Interop.Installation;

/// <summary>Scripts that make a throw-away system what a test needs.</summary>
internal static class InstalledSystem
{
    /// <summary>Takes Debian's Postfix away: a machine that never had a mail system.</summary>
    public const string WithoutPostfix =
        """
        rm -rf /usr/sbin/post{alias,cat,conf,drop,fix,kick,lock,log,map,multi,queue,super} /usr/sbin/posttls-finger /usr/sbin/sendmail /usr/lib/sendmail \
            /usr/bin/mailq /usr/bin/newaliases /usr/sbin/qshape /etc/postfix /var/spool/postfix /var/lib/postfix /usr/lib/postfix/sbin /usr/libexec/postfix /etc/aliases*

        """;

    /// <summary>The commands and daemons as links to the build that is tested, with the configuration <c>./install</c> writes.</summary>
    public static string WithLinks =>
        $$"""
        {{WithoutPostfix}}
        cd '{{Programs.RepositoryRoot()}}'
        getent passwd postfix > /dev/null || useradd --system --user-group --no-create-home postfix
        getent group postdrop > /dev/null || groupadd --system postdrop
        . scripts/build-lib.sh
        mkdir -p /usr/libexec/postfix /etc/postfix /var/spool/postfix
        link_names '{{Programs.Executable}}' /usr/sbin /usr/libexec/postfix
        cp conf/main.cf conf/master.cf /etc/postfix
        cp conf/main.cf /etc/postfix/main.cf.proto
        cp conf/master.cf /etc/postfix/master.cf.proto
        echo 'postmaster: root' > /etc/aliases
        newaliases
        postfix set-permissions || exit 1

        """;

    /// <summary>A script of this folder's, which may use what is in site.sh.</summary>
    public static string Script(string path)
    {
        var folder = Path.Combine(Programs.RepositoryRoot(), "tests/Estafeta.Interop");
        return $". '{folder}/site.sh'\n. '{folder}/{path}'\n";
    }

    public static string VerbScript => $". '{Programs.RepositoryRoot()}/tests/Estafeta.Interop/Installation/postfix-verbs.sh'\n";
}
