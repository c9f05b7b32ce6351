using System.Runtime.InteropServices;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Values;
using Estafeta.Tables.Caching;

namespace Estafeta.Tables;

/// <summary>
/// Opens tables by their <c>type:name</c>, each once per process, and closes them all. One per daemon; made from its parameters.
/// Thread-safe. Types are found in <see cref="TableTypes"/>.
/// </summary>
public sealed class TableSet(ParameterSet parameters) : IAsyncDisposable
{
    private const string CacheAttribute = "cache_ttl";
    private const string StaleAttribute = "stale_ok";

    private readonly Dictionary<(string Name, TableFlags Flags), ILookupTable> _open = [];
    private readonly Lock _lock = new();
    private readonly TableFlags _defaultFlags =
        TableFlags.FoldKeys | (parameters.Get(Configuration.Catalogue.Parameters.Smtputf8Enable) ? TableFlags.Utf8 : TableFlags.None);

    public ParameterSet Parameters => parameters;

    /// <summary>Where tables log trouble, one call a warning without the <c>warning: </c>. Set it to the daemon's mail log.</summary>
    public Action<string> Warn { get; init; } = static _ => { };

    /// <summary>Where <c>debug:</c> tables log each access.</summary>
    public Action<string> Inform { get; init; } = static _ => { };

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Folded keys, and UTF-8 where <c>smtputf8_enable</c> says so.</summary>
    public TableFlags DefaultFlags => _defaultFlags;

    /// <summary>What the open tables were asked so far; for metrics.</summary>
    public IReadOnlyList<KeyValuePair<string, TableStatistics>> Statistics
    {
        get
        {
            lock (_lock)
            {
                return [.. _open.Values.OfType<LookupTable>().Select(static t => new KeyValuePair<string, TableStatistics>(t.Name, t.Statistics))];
            }
        }
    }

    /// <summary>Opens every table named in a list parameter. A table that cannot be opened stays in the list and answers Trouble.</summary>
    /// <exception cref="ConfigurationException">An item is not of the form <c>type:name</c>.</exception>
    public MapList OpenList(string parameterName, string value) => OpenList(parameterName, value, _defaultFlags);

    public MapList OpenList(string parameterName, string value, TableFlags flags)
    {
        // Postfix 3.11: the alias databases that newaliases makes need no type where they are used either.
        var defaultType = parameterName == Configuration.Catalogue.Parameters.AliasMaps.Name
            ? parameters.Get(Configuration.Catalogue.Parameters.DefaultDatabaseType)
            : null;
        var specifications = TableSpecification.ParseList(parameterName, value, defaultType);
        var tables = new ILookupTable[specifications.Count];
        for (var i = 0; i < tables.Length; i++)
        {
            tables[i] = Open(parameterName, specifications[i], flags);
        }

        return new MapList(parameterName, tables) { Warn = Warn };
    }

    /// <summary>An item of a list, with the cache that its attributes ask for.</summary>
    /// <exception cref="ConfigurationException">A time of the attributes is wrong.</exception>
    public ILookupTable Open(string parameterName, TableSpecification specification, TableFlags flags)
    {
        var table = Open(specification.Name, flags);
        var lifetime = TimeOf(CacheAttribute);
        var stale = TimeOf(StaleAttribute);
        return lifetime > TimeSpan.Zero || stale > TimeSpan.Zero ? new CachedTable(table, lifetime, stale, Time, Warn) : table;

        TimeSpan TimeOf(string attribute) => specification.Find(attribute) is not { } text ? TimeSpan.Zero
            : TimeValue.Parse(text, 's') is { } seconds ? TimeSpan.FromSeconds(seconds)
            : throw new ConfigurationException($"{parameterName}: bad time value in {attribute} = {text}");
    }

    /// <summary>The table, opened now or before. One that cannot be opened answers Trouble to everything; why is logged here and at each look-up.</summary>
    /// <exception cref="ConfigurationException">It cannot be opened, and daemon_table_open_error_is_fatal.</exception>
    public ILookupTable Open(string name, TableFlags flags)
    {
        lock (_lock)
        {
            if (!_open.TryGetValue((name, flags), out var table))
            {
                table = OpenOrStandIn(name, flags);
                _open.Add((name, flags), table);
            }

            return table;
        }
    }

    public ILookupTable Open(string name) => Open(name, _defaultFlags);

    /// <summary>Opens a table that the caller owns and disposes; for commands, which stop when they cannot.</summary>
    /// <exception cref="TableUnavailableException">It cannot be opened.</exception>
    public ILookupTable OpenOwned(string name, TableFlags flags)
    {
        var request = Request(name, flags);
        try
        {
            return TableTypes.Find(request.Type)(request);
        }
        catch (DllNotFoundException e)
        {
            throw new TableUnavailableException(MissingLibrary.Describe(request.Type, e));
        }
        catch (EntryPointNotFoundException e)
        {
            throw new TableUnavailableException($"the library of the table type \"{request.Type}\" is another version: {e.Message}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (parameters.Get(Configuration.Catalogue.Parameters.EstafetaTableStatistics))
        {
            foreach (var (_, statistics) in Statistics)
            {
                Inform($"statistics: {statistics}");
            }
        }

        foreach (var table in _open.Values)
        {
            await table.DisposeAsync();
        }
    }

    private ILookupTable OpenOrStandIn(string name, TableFlags flags)
    {
        try
        {
            return OpenOwned(name, flags);
        }
        catch (TableUnavailableException e)
        {
            if (parameters.Get(Configuration.Catalogue.Parameters.DaemonTableOpenErrorIsFatal))
            {
                throw new ConfigurationException(e.Message);
            }

            Warn(e.Message);
            return new UnavailableTable(Request(name, flags), e.Message);
        }
    }

    private TableRequest Request(string name, TableFlags flags)
    {
        var colon = name.IndexOf(':');
        return colon > 0 && colon + 1 < name.Length
            ? new TableRequest(name[..colon], name[(colon + 1)..], flags, this)
            : throw new ConfigurationException($"open dictionary: expecting \"type:name\" form instead of \"{name}\"");
    }
}
