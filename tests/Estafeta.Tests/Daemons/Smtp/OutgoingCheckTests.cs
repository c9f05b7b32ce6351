using System.Text;
using Estafeta.Services.Delivery;

namespace Estafeta.Tests.Daemons.Smtp;

/// <summary>smtp_header_checks and the others. Message, result and log lines are what Postfix 3.7 made of it.</summary>
public sealed class OutgoingCheckTests : IDisposable
{
    private const string Head = "Subject: hi\nX-Info: 1\nX-Ign: 1\nX-Strip: 1\nX-Rep: 1\nX-Pre: 1\nX-Rej: 1\nX-Bad: 1\nX-Dun: 1\nX-Long: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n folded\n"
        + "Content-Type: multipart/mixed; boundary=b\n\n";

    private const string Body = "warn\nign\nrep\npre\nrej\ninfo\nstrip\n\n--b\nContent-Type: text/plain\nContent-Disposition: x\nX-Foo: part\n\nwarn in part\n--b\n"
        + "Content-Type: message/rfc822\n\nSubject: nested\nX-N: 1\n\nwarn nested body\n--b--\nwarn epilogue\n";

    private const string Sent = "Subject: hi\nX-Info: 1\nX-New: new\nX-Before: b\nX-Pre: 1\nX-Rej: 1\nX-Bad: 1\nX-Dun: 1\nX-Long: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n folded\n"
        + "Content-Type: multipart/mixed; boundary=b\n\nwarn\nreplaced\nbefore\npre\nrej\ninfo\n\n--b\nContent-Type: text/plain\nContent-X: y\nX-Foo: part\n\nwarn in part\n--b\n"
        + "Content-Type: message/rfc822\n\nSubject: nested\nX-N: 1\n\nwarn nested body\n--b--\nwarn epilogue\n";

    private static readonly string[] Logged =
    [
        "warning: header Subject: hi: subj hi",
        "info: header X-Info: 1",
        "strip: header X-Strip: 1: why",
        "replace: header X-Rep: 1: X-New: new",
        "prepend: header X-Pre: 1: X-Before: b",
        "warning: unsupported command in smtp_header_checks map: REJECT no",
        "warning: unsupported command in smtp_header_checks map: FOO",
        "warning: header X-Long: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
        "warning: header Content-Type: multipart/mixed; boundary=b: mime multipart/mixed; boundary=b",
        "warning: body warn: w",
        "replace: body rep: replaced",
        "prepend: body pre: before",
        "warning: unsupported command in smtp_body_checks map: REJECT",
        "info: body info",
        "strip: body strip: x",
        "warning: header Content-Type: text/plain: mime text/plain",
        "replace: header Content-Disposition: x: Content-X: y",
        "warning: body warn in part: w",
        "warning: header Content-Type: message/rfc822: mime message/rfc822",
        "warning: header Subject: nested: nested Subject: nested",
        "warning: header X-N: 1: nested X-N: 1",
        "warning: body warn nested body: w",
        "warning: body warn epilogue: w",
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("estafeta-checks");

    [Fact]
    public async Task Checks_ChangeWhatGoesOut_AndLogIt()
    {
        await using var server = new ScriptedSmtpServer();
        await using var harness = new SmtpAgentHarness(Tables("smtp"));
        await harness.DeliverAsync(Request(server));
        Assert.Equal(Sent, server.Content.Replace("\r\n", "\n", StringComparison.Ordinal));
        Assert.Equal(Logged, harness.Log.Lines.Where(l => !l.Contains("status=", StringComparison.Ordinal)).Select(l => l.StartsWith("4QID: ", StringComparison.Ordinal) ? l[6..] : l));
    }

    [Fact]
    public async Task HeaderChecksAlone_LeaveTheBodyAlone()
    {
        await using var server = new ScriptedSmtpServer();
        await using var harness = new SmtpAgentHarness($"smtp_header_checks = regexp:{Write("hc", "/./ IGNORE\n")}");
        await harness.DeliverAsync(Request(server));
        Assert.Equal("Content-Type: multipart/mixed; boundary=b\n\n" + Body, server.Content.Replace("\r\n", "\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task LongBody_FromAFile_IsCheckedToItsEnd()
    {
        var filler = string.Concat(Enumerable.Repeat("0123456789\n", 30_000));
        var path = Write("body", filler + "strip\n" + new string('x', 2048) + "warn\nend");
        await using var server = new ScriptedSmtpServer();
        await using var harness = new SmtpAgentHarness(Tables("smtp"));
        var request = Request(server) with { Head = "Subject: x\n\n"u8.ToArray(), Body = default, BodyPath = path, BodyOctets = new FileInfo(path).Length };
        await harness.DeliverAsync(request);
        Assert.DoesNotContain("strip", server.Content);
        Assert.Contains("4QID: warning: body warn: w", harness.Log.Lines);
        Assert.EndsWith("end\r\n", server.Content, StringComparison.Ordinal);
        Assert.Equal(30_000, server.Content.Split("0123456789\r\n").Length - 1);
    }

    [Theory]
    [InlineData("smtp_header_checks")]
    [InlineData("smtp_body_checks")]
    public async Task TableInTrouble_DefersTheMessage(string parameter)
    {
        await using var server = new ScriptedSmtpServer();
        await using var harness = new SmtpAgentHarness($"{parameter} = fail:x");
        await harness.DeliverAsync(Request(server));
        Assert.Contains(harness.Log.Lines, l => l.Contains($"dsn=4.3.0, status=deferred ({parameter} lookup error)", StringComparison.Ordinal));
        Assert.DoesNotContain("\n.\n", server.Commands + "\n");
    }

    [Fact]
    public async Task Chunks_OfAnySize_GiveTheSame()
    {
        var content = Encoding.ASCII.GetBytes(Head + Body);
        for (var size = 1; size <= content.Length; size = size < 40 ? size + 1 : size * 2)
        {
            await using var harness = new SmtpAgentHarness(Tables("smtp"));
            Assert.Equal(Sent, await harness.FilterAsync(content, size));
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static DeliveryRequest Request(ScriptedSmtpServer server) => SmtpAgentHarness.WithBody(
        SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "r@relay.example") with { Head = Encoding.ASCII.GetBytes(Head) }, Body);

    private string Tables(string prefix) => $"""
        {prefix}_header_checks = regexp:{Write("hc", "/^Subject: (.*)/ WARN subj $1\n/^X-Info/ INFO\n/^X-Ign/ IGNORE\n/^X-Strip/ STRIP why\n/^X-Rep/ REPLACE X-New: new\n/^X-Pre/ PREPEND X-Before: b\n/^X-Rej/ REJECT no\n/^X-Bad/ FOO\n/^X-Dun/ DUNNO\n/^X-Long/ WARN\n")}
        {prefix}_mime_header_checks = regexp:{Write("mc", "/^Content-Type: (.*)/ WARN mime $1\n/^Content-Disp/ REPLACE Content-X: y\n")}
        {prefix}_nested_header_checks = regexp:{Write("nc", "/^(.*)/ WARN nested $1\n")}
        {prefix}_body_checks = regexp:{Write("bc", "/^warn/ WARN w\n/^ign/ IGNORE\n/^rep/ REPLACE replaced\n/^pre/ PREPEND before\n/^rej/ REJECT\n/^info/ INFO\n/^strip/ STRIP x\n")}
        """;

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
