using Estafeta.Commands.Postconf.Edit;
using Estafeta.Configuration.MasterCf;

namespace Estafeta.Commands.Postfix;

/// <summary>
/// <c>postfix upgrade-configuration</c>: gives a master.cf of an old Postfix the services that came later, as Postfix's does, and says so. Of its edits of main.cf
/// none is useful any more: it writes <c>inet_protocols = ipv4</c> where nothing is set, which turns IPv6 off.
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
        "postlog unix-dgram n - n - 1 postlogd",
    ];

    // Commands of ordinary users speak to them.
    private static readonly string[] PublicServices = ["cleanup", "flush"];

    public void Run()
    {
        var master = MasterCfFile.Load(configDirectory);
        var missing = LaterServices.Where(s => master.Entries.All(e => e.Name != FirstWord(s))).ToList();
        var hidden = master.Entries.Where(e => PublicServices.Contains(e.Name) && e.Type == ServiceType.Unix && e.IsPrivate).ToList();
        foreach (var service in missing)
        {
            var name = FirstWord(service);
            output.WriteLine($"Editing {master.Path}, adding missing entry for {name} {(name == "postlog" ? "unix-domain datagram service" : "service")}");
        }

        foreach (var entry in hidden)
        {
            output.WriteLine($"Editing {master.Path}, making the {entry.Name} service public");
        }

        if (missing.Count > 0)
        {
            ConfigurationEdit.SetServices(configDirectory, missing);
        }

        if (hidden.Count > 0)
        {
            ConfigurationEdit.SetServiceFields(configDirectory, hidden.Select(e => $"{e.Name}/unix/private=n"));
        }
    }

    private static string FirstWord(string service) => service[..service.IndexOf(' ', StringComparison.Ordinal)];
}
