using Estafeta.Commands.Postconf.Edit;
using Estafeta.Configuration.MasterCf;

namespace Estafeta.Commands.Postfix;

/// <summary>
/// <c>postfix upgrade-configuration</c>: gives a master.cf of an old Postfix the services that came later, as Postfix's does, and says so; those for
/// postscreen as comments. Of its edits of main.cf none is useful any more: it writes <c>inet_protocols = ipv4</c> where nothing is set, which turns IPv6 off.
/// </summary>
internal sealed class ConfigurationUpgrade(string configDirectory, TextWriter output)
{
    // In the order Postfix adds them.
    private static readonly string[] LaterServices =
    [
        "relay unix - - n - - smtp",
        "flush unix n - n 1000? 0 flush",
        "trace unix - - n - 0 bounce",
        "verify unix - - n - 1 verify",
        "proxymap unix - - n - - proxymap",
        "anvil unix - - n - 1 anvil",
        "scache unix - - n - 1 scache",
        "discard unix - - n - - discard",
        "tlsmgr unix - - n 1000? 1 tlsmgr",
        "retry unix - - n - - error",
        "proxywrite unix - - n - 1 proxymap",
    ];

    // For who wants postscreen in place of smtpd; what each is called in the message.
    private static readonly (string Line, string What)[] Proposals =
    [
        ("#smtp      inet  n       -       n       -       1       postscreen", "postscreen TCP"),
        ("#smtpd     pass  -       -       n       -       -       smtpd", "smtpd unix-domain"),
        ("#dnsblog   unix  -       -       n       -       0       dnsblog", "dnsblog unix-domain"),
        ("#tlsproxy  unix  -       -       n       -       0       tlsproxy", "tlsproxy unix-domain"),
    ];

    private const string LastService = "postlog unix-dgram n - n - 1 postlogd";

    // Commands of ordinary users speak to them.
    private static readonly string[] PublicServices = ["cleanup", "flush"];

    public void Run()
    {
        var master = MasterCfFile.Load(configDirectory);
        var missing = LaterServices.Where(IsMissing).ToList();
        var lines = File.ReadAllLines(master.Path);
        var proposals = Proposals.Where(p => !lines.Any(line => IsSameService(line, p.Line))).ToList();
        var hidden = master.Entries.Where(e => PublicServices.Contains(e.Name) && e.Type == ServiceType.Unix && e.IsPrivate).ToList();
        foreach (var service in missing)
        {
            output.WriteLine($"Editing {master.Path}, adding missing entry for {FirstWord(service)} service");
        }

        foreach (var (_, what) in proposals)
        {
            output.WriteLine($"Editing {master.Path}, adding missing entry for {what} service");
        }

        if (IsMissing(LastService))
        {
            output.WriteLine($"Editing {master.Path}, adding missing entry for {FirstWord(LastService)} unix-domain datagram service");
        }

        foreach (var entry in hidden)
        {
            output.WriteLine($"Editing {master.Path}, making the {entry.Name} service public");
        }

        if (missing.Count > 0)
        {
            ConfigurationEdit.SetServices(configDirectory, missing);
        }

        if (proposals.Count > 0)
        {
            RewrittenFile.Rewrite(master.Path, text => PhysicalLines.WithEnd(text) + string.Concat(proposals.Select(p => p.Line + "\n")));
        }

        if (IsMissing(LastService))
        {
            ConfigurationEdit.SetServices(configDirectory, [LastService]);
        }

        if (hidden.Count > 0)
        {
            ConfigurationEdit.SetServiceFields(configDirectory, hidden.Select(e => $"{e.Name}/unix/private=n"));
        }

        bool IsMissing(string service) => master.Entries.All(e => e.Name != FirstWord(service));
    }

    // Name, type and program are the same, be it a comment or not.
    private static bool IsSameService(string line, string proposal)
    {
        const int Program = 7;
        var words = Words(line);
        var proposed = Words(proposal);
        return words.Length > Program && line.TrimStart('#').StartsWith(words[0], StringComparison.Ordinal) && words[0] == proposed[0] && words[1] == proposed[1] && words[Program] == proposed[Program];
    }

    private static string[] Words(string line) => line.TrimStart('#').Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    private static string FirstWord(string service) => service[..service.IndexOf(' ', StringComparison.Ordinal)];
}
