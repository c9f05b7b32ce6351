using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Estafeta.Conformance.Smtpd.Differential;
using Estafeta.Tests.Daemons.Smtpd;
using Estafeta.Tests.Net.Dns;
using Estafeta.TestSystem;

namespace Estafeta.Conformance.Smtpd;

/// <summary>
/// The Postfix of this machine with a configuration, queue and log of its own, in a network of its own whose name server is the
/// <see cref="TestZone"/>: one smtpd service with parameters of its own, as -o options, for each of the given ones.
/// </summary>
internal sealed partial class PostfixServices : IAsyncDisposable
{
    private const int FirstPort = 2500;

    // Makes cleanup log the transcripts of sessions that it gets.
    private const string NoticeChecks = "header_checks = regexp:{{/^Subject: .* errors from / INFO notice}}";

    // Where clients of postscreen go, and who helps it.
    private const string ForPostscreen = "smtpd pass - - n - - smtpd\n  -o smtpd_forbid_unauth_pipelining=no\ndnsblog unix - - n - 0 dnsblog\n";

    // What smtpd leaves to trivial-rewrite: a service with one of these gets a trivial-rewrite of its own.
    private static readonly string[] RewritingParameters = ["relocated_maps", "allow_min_user"];

    private readonly string _directory = Path.Combine(Path.GetTempPath(), "estafeta-conformance-" + Path.GetRandomFileName());
    private readonly IReadOnlyList<PostfixService> _services;
    private readonly NetworkNamespace _network;
    private readonly StubDnsServer _dns;

    private PostfixServices(IReadOnlyList<PostfixService> services, NetworkNamespace network)
    {
        _services = services;
        _network = network;
        _dns = network.Run(static () => TestZone.Serve(53));
    }

    private string ConfigDirectory => Path.Combine(_directory, "etc");

    private string LogFile => Path.Combine(_directory, "log");

    /// <summary>Why there is none, or null.</summary>
    public static string? Missing => !File.Exists("/usr/sbin/postfix") ? "Postfix is not installed (apt-get install postfix)"
        : Environment.UserName != "root" ? "Postfix's master needs root"
        : null;

    /// <summary>Null where no network namespace can be had.</summary>
    /// <param name="describe">Called inside that network: the peers that the services work with are to be there.</param>
    public static async Task<PostfixServices?> StartAsync(Func<IReadOnlyList<PostfixService>> describe)
    {
        if (NetworkNamespace.TryCreate() is not { } network)
        {
            return null;
        }

        var postfix = new PostfixServices(network.Run(describe), network);
        await postfix.StartAsync();
        return postfix;
    }

    public SmtpdClient Connect(string tag)
    {
        var port = FirstPort + _services.ToList().FindIndex(s => s.Tag == tag);
        return _network.Run(() => new SmtpdClient(new IPEndPoint(IPAddress.Loopback, port)));
    }

    /// <summary>What a service logged so far, without time and tag.</summary>
    public List<string> ReadLog(string tag)
    {
        var mark = $" {tag}/{_services.First(s => s.Tag == tag).Program}[";
        return !File.Exists(LogFile) ? [] : [.. File.ReadAllLines(LogFile).Where(l => l.Contains(mark, StringComparison.Ordinal)).Select(static l => l[(l.IndexOf("]: ", StringComparison.Ordinal) + 3)..])];
    }

    /// <summary>The same, once that many sessions have logged their end.</summary>
    public async Task<List<string>> ReadLogAsync(string tag, int sessions)
    {
        var lines = ReadLog(tag);
        await Poll.UntilAsync(() => (lines = ReadLog(tag)).Count(static l => l.StartsWith("disconnect from", StringComparison.Ordinal)) >= sessions);
        return lines;
    }

    /// <summary>To whom transcripts of sessions went so far; a session's are there when its end is logged.</summary>
    public List<string> ReadNotices() =>
        [.. File.ReadAllLines(LogFile).Select(static l => NoticeRecipient().Match(l)).Where(static m => m.Success).Select(static m => m.Groups[1].Value)];

    public async ValueTask DisposeAsync()
    {
        _network.Run(() => NetworkNamespace.Execute($"kill $(cat {_directory}/spool/pid/master.pid)"));
        await _dns.DisposeAsync();
        _network.Dispose();
        await PostfixDirectory.DeleteAsync(_directory);
    }

    private async Task StartAsync()
    {
        Directory.CreateDirectory(ConfigDirectory);
        Directory.CreateDirectory(Path.Combine(_directory, "spool"));
        Directory.CreateDirectory(Path.Combine(_directory, "data"));
        await File.WriteAllTextAsync(Path.Combine(_directory, "resolv.conf"), "nameserver 127.0.0.1\n");
        await File.WriteAllLinesAsync(Path.Combine(ConfigDirectory, "main.cf"), WithoutDuplicates($"""
            {SmtpdFixture.Basics}
            compatibility_level = 3.7
            queue_directory = {_directory}/spool
            data_directory = {_directory}/data
            maillog_file = {LogFile}
            maillog_file_prefixes = {_directory}
            inet_protocols = all
            default_transport = discard
            local_transport = discard
            relay_transport = discard
            virtual_transport = discard
            smtpd_forbid_unauth_pipelining = yes
            smtpd_forbid_bare_newline = normalize
            smtpd_peername_lookup = yes
            internal_mail_filter_classes = notify
            {NoticeChecks}
            """));
        await File.WriteAllTextAsync(Path.Combine(ConfigDirectory, "master.cf"), MasterCf());
        var status = _network.Run(() => NetworkNamespace.Execute(
            $"chown postfix {_directory}/data && chmod 755 {_directory} && unshare -m sh -c 'mount --bind {_directory}/resolv.conf /etc/resolv.conf && postfix -c {ConfigDirectory} start'"));
        Assert.True(status == 0, status == 0 ? null : $"postfix start: {status}\n{(File.Exists(LogFile) ? await File.ReadAllTextAsync(LogFile) : "no log")}");
    }

    [GeneratedRegex("/cleanup\\[[0-9]+\\]: .* to=<([^>]*)>: notice$")]
    private static partial Regex NoticeRecipient();

    private string MasterCf()
    {
        var text = new StringBuilder(StandardServices.MasterCf).Append(ForPostscreen);
        for (var i = 0; i < _services.Count; i++)
        {
            var service = _services[i];
            text.Append($"127.0.0.1:{FirstPort + i} inet n - n - 1 {service.Program}\n  -o syslog_name={service.Tag}\n{Options(service.Configuration)}");
            var forRewriting = service.Configuration.Where(static l => RewritingParameters.Any(p => l.StartsWith(p, StringComparison.Ordinal))).ToList();
            if (forRewriting.Count > 0)
            {
                text.Append($"  -o rewrite_service_name={service.Tag}\n{service.Tag} unix - - n - - trivial-rewrite\n{Options(forRewriting)}");
            }
        }

        return text.ToString();
    }

    private static string Options(IEnumerable<string> lines) => string.Concat(lines.Select(static l => $"  -o {{ {l} }}\n"));

    // Postfix warns of a parameter set twice, and postlogd would warn into its own socket.
    private static IEnumerable<string> WithoutDuplicates(string text) => text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0)
        .GroupBy(l => l[..l.IndexOf('=')].Trim()).Select(g => g.Last());
}

/// <param name="Tag">Its syslog_name.</param>
/// <param name="Configuration"><c>name = value</c> each.</param>
internal sealed record PostfixService(string Tag, IReadOnlyList<string> Configuration)
{
    public string Program { get; init; } = "smtpd";
}
