using System.Text.RegularExpressions;
using Estafeta.TestSystem;

namespace Estafeta.Interop.MailFlow;

/// <summary><c>postfix start</c> with values that cannot be used: everything that is wrong is said with file and line, and nothing starts.</summary>
public sealed class StartRefusedTests
{
    [Fact]
    public void WrongValues_AreSaid_AndNothingStarts()
    {
        using var system = new MailSystem();
        system.WriteMainCf("smtpd_timeout = x\nlocal_destination_concurrency_limit = many");
        system.WriteMasterCf("other unix - - n - - smtp -o smtp_helo_timeout=soon\n");

        var (status, output) = system.Run("postfix", "start");

        Assert.Equal(1, status);
        Assert.Matches(new Regex(@"fatal: .*parameter smtpd_timeout: bad time value or unit: x \(.*/main\.cf, line [0-9]+\)"), output);
        Assert.Matches(new Regex(@"fatal: .*bad numerical configuration: local_destination_concurrency_limit = many \(.*/main\.cf, line [0-9]+\)"), output);
        Assert.Matches(new Regex(@"fatal: .*parameter smtp_helo_timeout: bad time value or unit: soon \(.*/master\.cf, line [0-9]+\)"), output);
        Assert.Equal(0, system.MasterPid);
        Assert.Equal(1, system.Run("postfix", "status").Status);

        system.WriteMainCf("");
        system.WriteMasterCf("");
        system.Start();
    }
}
