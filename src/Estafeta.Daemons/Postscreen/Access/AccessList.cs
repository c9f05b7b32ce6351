using System.Net;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;
using Estafeta.Services.Logging;
using Estafeta.Tables;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Daemons.Postscreen.Access;

/// <summary>
/// postscreen_access_list: permit_mynetworks, and tables whose answers are permit, reject or dunno. The first word that is not dunno counts. What
/// cannot be asked or is no such word ends the list: the client is neither allowed nor refused for it.
/// </summary>
internal sealed class AccessList
{
    private const string MyNetworks = "permit_mynetworks";

    private readonly List<(HostList? Networks, ILookupTable? Table)> _items = [];
    private readonly IMailLog _log;

    public AccessList(ParameterSet parameters, TableSet tables, IMailLog log)
    {
        _log = log;
        var parameter = Parameters.PostscreenAccessList;
        foreach (var word in WordList.Split(parameters.Get(parameter)))
        {
            if (word.Equals(MyNetworks, StringComparison.OrdinalIgnoreCase))
            {
                _items.Add((HostList.Open(Parameters.Mynetworks, tables), null));
            }
            else if (word.Contains(':', StringComparison.Ordinal))
            {
                _items.Add((null, tables.Open(word)));
            }
            else if (Answer(word) is not AccessVerdict.None)
            {
                _items.Add((null, tables.Open("static:" + word)));
            }
            else
            {
                throw parameters.Wrong(parameter.Name, $"bad {parameter.Name} entry: {word}");
            }
        }
    }

    public async ValueTask<AccessVerdict> FindAsync(IPAddress client, CancellationToken cancellationToken)
    {
        foreach (var (networks, table) in _items)
        {
            var verdict = networks != null
                ? await AskAsync(networks, client, cancellationToken)
                : await AskAsync(table!, client, cancellationToken); // one of the two
            if (verdict != AccessVerdict.Dunno)
            {
                return verdict == AccessVerdict.None ? AccessVerdict.Dunno : verdict;
            }
        }

        return AccessVerdict.Dunno;
    }

    private async ValueTask<AccessVerdict> AskAsync(HostList networks, IPAddress client, CancellationToken cancellationToken)
    {
        var result = await networks.MatchAsync(null, client, cancellationToken);
        if (result.IsTrouble)
        {
            _log.Warning($"{Parameters.PostscreenAccessList.Name}: {MyNetworks}: table lookup error -- ignoring the remainder of this access list");
            return AccessVerdict.None;
        }

        return result.IsFound ? AccessVerdict.Permit : AccessVerdict.Dunno;
    }

    private async ValueTask<AccessVerdict> AskAsync(ILookupTable table, IPAddress client, CancellationToken cancellationToken)
    {
        var result = await table.LookupAsync(client.ToString(), cancellationToken);
        if (result.IsTrouble)
        {
            _log.Warning($"{Parameters.PostscreenAccessList.Name}: {table.Name}: table lookup error -- ignoring the remainder of this access list");
            return AccessVerdict.None;
        }

        if (result.Value is not { } value)
        {
            return AccessVerdict.Dunno;
        }

        var verdict = Answer(value.Trim());
        if (verdict == AccessVerdict.None)
        {
            _log.Warning($"{table.Name}: unknown command: {value} -- ignoring the remainder of this access list");
        }

        return verdict;
    }

    private static AccessVerdict Answer(string word) => word.ToLowerInvariant() switch
    {
        "permit" => AccessVerdict.Permit,
        "reject" => AccessVerdict.Reject,
        "dunno" => AccessVerdict.Dunno,
        _ => AccessVerdict.None,
    };
}

internal enum AccessVerdict
{
    /// <summary>The list says nothing about the client.</summary>
    Dunno,
    Permit,
    Reject,

    /// <summary>No answer, or none that means anything: the rest of the list does not count.</summary>
    None,
}
