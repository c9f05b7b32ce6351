using Estafeta.Configuration;
using Estafeta.Daemons.Smtpd.Access.Restrictions;
using Estafeta.Net.Policy;
using Estafeta.Tables;
using Estafeta.Tables.Network;

namespace Estafeta.Daemons.Smtpd.Access.Policy;

/// <summary>The policy services of a process: one client for each way a service is configured, shared by all lists that name it.</summary>
internal sealed class PolicyServices(TableSet tables, TimeProvider time, Action<string> warn) : IAsyncDisposable
{
    private readonly Dictionary<string, (PolicyServiceSettings Settings, PolicyClient Client)> _clients = new(StringComparer.Ordinal);

    /// <exception cref="ConfigurationException">The service or a setting of it is malformed.</exception>
    public Restriction Open(string name, string service, ParameterSet parameters)
    {
        if (!_clients.TryGetValue(service, out var known))
        {
            var settings = PolicyServiceSettings.Parse(service, parameters);
            known = (settings, new PolicyClient(settings, ParseEndpoint(settings.Endpoint), time, warn));
            _clients.Add(service, known);
        }

        return new PolicyRestriction($"{name} {service}", known.Settings, known.Client);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, client) in _clients.Values)
        {
            await client.DisposeAsync();
        }
    }

    private TableEndpoint ParseEndpoint(string text)
    {
        try
        {
            return TableEndpoint.Parse(text, tables);
        }
        catch (TableUnavailableException bad)
        {
            throw new ConfigurationException($"check_policy_service: {bad.Message}");
        }
    }
}
