using System.Text.RegularExpressions;
using Estafeta.TestSystem;

namespace Estafeta.Interop.Installation;

/// <summary>
/// pflogsumm over our log of a day's traffic reports what it reports over Postfix's log of the same traffic. Octets aside: Postfix counts line
/// ends as two.
/// </summary>
public sealed class PflogsummTests
{
    [Fact]
    public void DaysReport_IsTheSameAsOverPostfixsLog()
    {
        Assert.SkipWhen(ThrowawaySystem.Obstacle != null, ThrowawaySystem.Obstacle ?? "");
        Assert.SkipUnless(File.Exists("/usr/sbin/pflogsumm"), "pflogsumm is not installed: apt-get install pflogsumm");
        Assert.SkipUnless(File.Exists("/usr/lib/postfix/sbin/master"), "Postfix is not installed: apt-get install postfix");
        var script = InstalledSystem.Script("Installation/day-of-mail.sh");
        var theirs = ThrowawaySystem.Run(script).Output;
        var ours = ThrowawaySystem.Run(InstalledSystem.WithLinks + script).Output;
        Assert.Contains("     22   delivered\n", theirs);
        Assert.Equal(Counts(theirs), Counts(ours));
        Assert.Contains("\nFatal Errors: none\n", ours);
        Assert.Contains("\nPanics: none\n", ours);
    }

    private static string Counts(string report)
    {
        var start = report.IndexOf("Grand Totals", StringComparison.Ordinal);
        var end = report.IndexOf("\nWarnings\n", StringComparison.Ordinal);
        Assert.True(start >= 0 && end > start, report);
        var text = report[start..end];
        text = Regex.Replace(text, " *[0-9]+k?   bytes (received|delivered)\n", "");

        // Octets, and delays with them, in the tables by domain.
        text = Regex.Replace(text, "(?m)^( +[0-9]+) +[0-9]+( +[0-9]+) +[0-9.]+ s +[0-9.]+ s", "$1$2");
        text = Regex.Replace(text, "(?m)^( +[0-9]+) +[0-9]+k?(   [a-z])", "$1$2");

        // Everything took place within an hour or the turn of one.
        text = Regex.Replace(text, "(?m)^    [0-9]{4}-[0-9]{4} .*\n", "");
        return Regex.Replace(text, "(Senders|Recipients) by message size\n-+\n( .*\n)+", "");
    }
}
