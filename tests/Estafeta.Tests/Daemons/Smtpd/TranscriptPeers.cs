using System.Text.RegularExpressions;
using Estafeta.Tests.Net.Milter;
using Estafeta.Tests.Net.Sasl;
using Estafeta.Tests.Net.Tls;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>
/// What the parameters of transcripts point at: <c>{dovecot}</c>, an authentication service that knows joe@example.com by the response
/// <c>good</c>, <c>{certificate}</c>, a file with key and certificate of mail.test, and <c>{milter SCRIPT}</c>, a milter
/// (<see cref="MilterScript"/>).
/// </summary>
internal sealed partial class TranscriptPeers : IAsyncDisposable
{
    private readonly FakeDovecot _dovecot = new(Answer);
    private readonly TestCertificates _certificates = new();
    private readonly string _certificate;
    private readonly List<ScriptedMilter> _milters = [];

    public TranscriptPeers() => _certificate = _certificates.Issue("mail.test");

    public string Expand(string parameter) => MilterPattern().Replace(parameter, m => StartMilter(m.Groups[1].Value))
        .Replace("{dovecot}", _dovecot.Path, StringComparison.Ordinal)
        .Replace("{certificate}", _certificate, StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        foreach (var milter in _milters)
        {
            await milter.DisposeAsync();
        }

        _certificates.Dispose();
        await _dovecot.DisposeAsync();
    }

    private string StartMilter(string script)
    {
        _milters.Add(MilterScript.Start(script));
        return _milters[^1].Endpoint;
    }

    [GeneratedRegex(@"\{milter ?([^{}]*)\}")]
    private static partial Regex MilterPattern();

    public static string? Answer(string line)
    {
        var id = line.Split('\t')[1];
        return line switch
        {
            _ when line.StartsWith("CONT", StringComparison.Ordinal) => $"FAIL\t{id}\tuser=carl",
            _ when line.EndsWith("resp=good", StringComparison.Ordinal) => $"OK\t{id}\tuser=joe@example.com",
            _ when line.EndsWith("resp=reas", StringComparison.Ordinal) => $"FAIL\t{id}\tuser=bob\treason=out of luck",
            _ when line.EndsWith("resp=temp", StringComparison.Ordinal) => $"FAIL\t{id}\tuser=bob\ttemp",
            _ when line.EndsWith("resp=nous", StringComparison.Ordinal) => $"FAIL\t{id}",
            _ when line.Contains("resp=", StringComparison.Ordinal) => $"FAIL\t{id}\tuser=bob",
            _ => $"CONT\t{id}\tVXNlcm5hbWU6",
        };
    }
}
