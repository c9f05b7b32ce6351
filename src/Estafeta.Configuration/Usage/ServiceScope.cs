using Estafeta.Configuration.MasterCf;

namespace Estafeta.Configuration.Usage;

/// <summary>A master.cf entry with the parameters it sets, and which of them something uses.</summary>
public sealed class ServiceScope(ServiceLine line)
{
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    public ServiceLine Line { get; } = line;

    public IReadOnlyDictionary<string, string> Overrides { get; } = line.Overrides;

    public bool Uses(string name) => _used.Contains(name);

    /// <summary>Marks the name as used when the entry sets it.</summary>
    internal bool TryUse(string name)
    {
        var isSet = Overrides.ContainsKey(name);
        if (isSet)
        {
            _used.Add(name);
        }

        return isSet;
    }
}
