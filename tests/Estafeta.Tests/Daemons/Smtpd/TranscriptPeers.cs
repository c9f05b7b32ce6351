using System.Text.RegularExpressions;
using Estafeta.Tests.Daemons.Smtp;
using Estafeta.Tests.Net.Milter;
using Estafeta.Tests.Net.Sasl;
using Estafeta.Tests.Net.Tls;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>
/// What the parameters of transcripts point at: <c>{dovecot}</c>, an authentication service that knows joe@example.com by the response
/// <c>good</c>, <c>{certificate}</c>, a file with key and certificate of mail.test, and <c>{milter SCRIPT}</c>, a milter
/// (<see cref="MilterScript"/>), and <c>{proxy VERB=REPLY; …}</c>, a before-queue filter (<see cref="ScriptedSmtpServer"/>).
/// </summary>
internal sealed partial class TranscriptPeers : IAsyncDisposable
{
    private readonly FakeDovecot _dovecot = new(Answer);
    private readonly TestCertificates _certificates = new();
    private readonly string _certificate;
    private readonly List<ScriptedMilter> _milters = [];
    private readonly List<ScriptedSmtpServer> _filters = [];

    public TranscriptPeers() => _certificate = _certificates.Issue("mail.test");

    public string Expand(string parameter) => FilterPattern().Replace(
        MilterPattern().Replace(parameter, m => StartMilter(m.Groups[1].Value)), m => StartFilter(m.Groups[1].Value))
        .Replace("{dovecot}", _dovecot.Path, StringComparison.Ordinal)
        .Replace("{certificate}", _certificate, StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        foreach (var milter in _milters)
        {
            await milter.DisposeAsync();
        }

        foreach (var filter in _filters)
        {
            await filter.DisposeAsync();
        }

        _certificates.Dispose();
        await _dovecot.DisposeAsync();
    }

    private string StartMilter(string script)
    {
        _milters.Add(MilterScript.Start(script));
        return _milters[^1].Endpoint;
    }

    private string StartFilter(string script)
    {
        var filter = new ScriptedSmtpServer().On("EHLO", "250-filter\n250-XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT\n250 8BITMIME");
        foreach (var item in script.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            filter.On(item[..item.IndexOf('=')], item[(item.IndexOf('=') + 1)..].Replace("\\n", "\n", StringComparison.Ordinal));
        }

        _filters.Add(filter);
        return $"127.0.0.1:{filter.Port}";
    }

    [GeneratedRegex(@"\{proxy ?([^{}]*)\}")]
    private static partial Regex FilterPattern();

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
