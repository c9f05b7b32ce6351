using System.Globalization;
using Estafeta.Daemons.Smtpd.Notices;

namespace Estafeta.Tests.Daemons.Smtpd.Notices;

public sealed class SessionHistoryTests
{
    [Fact]
    public void Lines_AreThoseThatWereSaid()
    {
        var history = new SessionHistory();
        history.AddReply("220 mail.example.com ESMTP");
        history.AddCommand("EHLO ñandú.example");
        history.AddCommand("");
        history.AddReply("500 5.5.2 first\nsecond");

        Assert.Equal(["Out: 220 mail.example.com ESMTP", "In:  EHLO ñandú.example", "In:  ", "Out: 500 5.5.2 first\nsecond"], history.Lines());
        Assert.Equal(4, history.Count);

        history.Clear();

        Assert.Empty(history.Lines());
        Assert.Equal(0, history.Count);
    }

    [Theory]
    [InlineData("AUTH PLAIN AHVzZXIAc2VjcmV0", "In:  AUTH PLAIN (hidden)")]
    [InlineData("auth login dXNlcg==", "In:  auth login (hidden)")]
    [InlineData("AUTH CRAM-MD5", "In:  AUTH CRAM-MD5")]
    public void Secrets_AreNotKept(string command, string line)
    {
        var history = new SessionHistory();
        history.AddCommand(command);
        Assert.Equal([line], history.Lines());
    }

    [Fact]
    public void LongSession_KeepsItsLastLines_AndCountsTheOthers()
    {
        const int Said = 100_000;
        var history = new SessionHistory();
        for (var i = 0; i < Said; i++)
        {
            history.AddCommand($"BDAT {i}");
        }

        var lines = history.Lines().ToList();
        var kept = lines.Skip(1).ToList();

        Assert.Equal(history.Count, kept.Count);
        Assert.Equal($"({Said - kept.Count} earlier lines were not kept)", lines[0]);
        Assert.InRange(kept.Count, 500, 5000);
        Assert.Equal(Enumerable.Range(Said - kept.Count, kept.Count).Select(i => string.Create(CultureInfo.InvariantCulture, $"In:  BDAT {i}")), kept);
    }

    [Fact]
    public void LineLongerThanAll_IsKeptUntilTheNext()
    {
        var history = new SessionHistory();
        var line = new string('ñ', 100_000);
        history.AddCommand("NOOP");
        history.AddCommand(line);
        Assert.Equal("In:  " + line, history.Lines().Last());

        history.AddCommand("QUIT");

        Assert.Equal(["(2 earlier lines were not kept)", "In:  QUIT"], history.Lines());
    }
}
