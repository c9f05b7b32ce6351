using Estafeta.Interop.Tables;
using Estafeta.TestSystem;

namespace Estafeta.Interop.Tls;

/// <summary>Runs a script of this folder in a throw-away system, on what laboratory.sh sets up: authorities, DNSSEC, mail systems of both makes.</summary>
internal static class Laboratory
{
    /// <summary>The lines the script printed.</summary>
    public static string[] Run(string script)
    {
        Assert.SkipWhen(ThrowawaySystem.Obstacle != null, ThrowawaySystem.Obstacle ?? "");
        Assert.SkipUnless(File.Exists("/usr/lib/postfix/sbin/master"), "Postfix is not installed: apt-get install postfix");
        foreach (var program in (string[])["/usr/sbin/nsd", "/usr/sbin/unbound", "/usr/bin/ldns-signzone", "/usr/bin/drill", "/usr/bin/gnutls-cli", "/usr/bin/openssl"])
        {
            ServerProcess.Require(program);
        }

        var folder = Programs.RepositoryRoot() + "/tests/Estafeta.Interop/Tls";
        return ThrowawaySystem.Run(
            $"export ESTAFETA='{Programs.Executable}' REPOSITORY='{Programs.RepositoryRoot()}' STANDARD_SERVICES='{StandardServices.MasterCf}'\n. '{folder}/laboratory.sh'\n. '{folder}/{script}'\n").Output.Split('\n');
    }
}
