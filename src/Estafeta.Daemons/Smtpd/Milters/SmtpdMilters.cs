using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;
using Estafeta.Net.Milter;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtpd.Milters;

/// <summary>
/// smtpd_milters of one service, and smtpd_milter_maps, which gives a client address milters of its own, or none (DISABLE). Without
/// either, or with <c>no_milters</c> in receive_override_options, sessions have no milters at all.
/// </summary>
internal sealed class SmtpdMilters
{
    private readonly ParameterSet _parameters;
    private readonly MapList _maps;
    private readonly IReadOnlyList<MilterSettings> _everybodys;

    private SmtpdMilters(ParameterSet parameters, MapList maps, IReadOnlyList<MilterSettings> everybodys)
    {
        _parameters = parameters;
        _maps = maps;
        _everybodys = everybodys;
        MacroDefaults = MilterMacroDefaults.Load(parameters);
    }

    public MilterMacroDefaults MacroDefaults { get; }

    /// <summary>Null when there are none for anybody.</summary>
    public static SmtpdMilters? Create(ParameterSet parameters, TableSet tables, CleanupFlags flags)
    {
        var maps = tables.OpenList(Parameters.SmtpdMilterMaps.Name, parameters.Get(Parameters.SmtpdMilterMaps));
        var everybodys = Parse(parameters.Get(Parameters.SmtpdMilters), parameters, Parameters.SmtpdMilters.Name);
        return flags.HasFlag(CleanupFlags.NoMilters) || (maps.IsEmpty && everybodys.Count == 0) ? null : new SmtpdMilters(parameters, maps, everybodys);
    }

    /// <summary>The milters of a client that has just connected, not connected to yet; null for none.</summary>
    public async ValueTask<SessionMilters?> FindAsync(SmtpdSession session)
    {
        var settings = await FindSettingsAsync(session);
        return settings.Count == 0
            ? null
            : new SessionMilters(session, this, new MilterChain([.. settings.Select(s => new MilterSession(s, session.Service.Time, session.Log.Warning))]), settings);
    }

    private async ValueTask<IReadOnlyList<MilterSettings>> FindSettingsAsync(SmtpdSession session)
    {
        if (_maps.IsEmpty)
        {
            return _everybodys;
        }

        var result = await _maps.LookupAsync(session.Peer.Address, session.CancellationToken);
        if (result.IsTrouble)
        {
            // As Postfix: better all milters than none.
            session.Log.Warning($"{_parameters.Get(Parameters.SmtpdMilterMaps)} lookup error for \"{session.Peer.Address}\"");
            return _everybodys;
        }

        return result.Value switch
        {
            null => _everybodys,
            var text when text.Equals("DISABLE", StringComparison.OrdinalIgnoreCase) => [],
            var text => Parse(text, _parameters, Parameters.SmtpdMilterMaps.Name),
        };
    }

    private static IReadOnlyList<MilterSettings> Parse(string list, ParameterSet parameters, string name) =>
        MilterSettings.ParseAll(WordList.Split(list), parameters, name);
}
