using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Interfaces;
using Estafeta.Configuration.Macros;
using Estafeta.Unix.Processes;

namespace Estafeta.Configuration;

/// <summary>
/// The parameters whose value depends on the machine or the process (<see cref="Parameter.IsComputed"/>).
/// Each is worked out once per parameter set, when first asked for.
/// </summary>
internal sealed class ComputedDefaults(ParameterSet parameters, ProcessIdentity process)
{
    private const string NoDomain = "localdomain";

    private readonly Lazy<string> _myhostname = new(() => Hostname(parameters));
    private readonly Lazy<string> _mynetworks = new(() => OwnNetworks.Describe(parameters.Get(Parameters.MynetworksStyle), OwnAddresses.Load(parameters)));

    /// <summary>main.cf cannot set it: it says what the process is.</summary>
    public static bool IsReadOnly(string name) => name is "process_name" or "process_id" or "service_name";

    /// <summary>The value, or null when the parameter is not computed.</summary>
    public string? Find(string name) => name switch
    {
        "myhostname" => _myhostname.Value,
        "mydomain" => DomainOf(parameters.Get(Parameters.Myhostname)),
        "mynetworks" => _mynetworks.Value,
        "config_directory" => parameters.ConfigDirectory,
        "process_name" => process.ProcessName ?? Path.GetFileName(ProgramName.Find()),
        "process_id" => Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture),
        "service_name" => process.ServiceName,
        _ => null,
    };

    // The host's own name, completed with mydomain when that is set.
    private static string Hostname(ParameterSet parameters)
    {
        // Environment.MachineName ends at the first dot.
        var name = System.Net.Dns.GetHostName();
        if (name.Contains('.', StringComparison.Ordinal))
        {
            return name;
        }

        if (!parameters.IsSet(Parameters.Mydomain))
        {
            return $"{name}.{NoDomain}";
        }

        // A mydomain made of $myhostname would ask for what is being worked out; Postfix takes it as empty then.
        var domain = MacroExpander.Expand(
            parameters.Find(Parameters.Mydomain.Name)!, // set: asked above
            other => other == Parameters.Myhostname.Name ? null : parameters.Find(other),
            MacroOptions.Recursive);
        return $"{name}.{domain}";
    }

    private static string DomainOf(string hostname)
    {
        var dot = hostname.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? NoDomain : hostname[(dot + 1)..];
    }
}
