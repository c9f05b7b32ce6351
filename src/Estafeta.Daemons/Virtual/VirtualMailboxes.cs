using System.Globalization;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Logging;
using Estafeta.Services.Mailboxes;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;
using Estafeta.Tables.Keys;

namespace Estafeta.Daemons.Virtual;

/// <summary>
/// Finds the mailbox of a virtual recipient and who it belongs to: virtual_mailbox_maps, virtual_uid_maps, virtual_gid_maps. Their answers become
/// file names and identities, so pattern tables may not put parts of the address into them, and proxies are not asked.
/// </summary>
public sealed class VirtualMailboxes
{
    private const AddressForms Forms = AddressForms.Whole | AddressForms.WithoutExtension | AddressForms.AtDomain;
    private readonly VirtualSettings _settings;
    private readonly IMailLog _log;
    private readonly AddressLookup _mailboxes;
    private readonly AddressLookup _uids;
    private readonly AddressLookup _gids;

    public VirtualMailboxes(TableSet tables, VirtualSettings settings, IMailLog log)
    {
        _settings = settings;
        _log = log;
        var extensions = AddressExtensions.Load(tables.Parameters);
        var flags = tables.DefaultFlags | TableFlags.NoSubstitution | TableFlags.NoUntrusted;
        _mailboxes = Open(Parameters.VirtualMailboxMaps);
        _uids = Open(Parameters.VirtualUidMaps);
        _gids = Open(Parameters.VirtualGidMaps);

        AddressLookup Open(StringParameter parameter) =>
            new(tables.OpenList(parameter.Name, tables.Parameters.Get(parameter), flags), extensions, Forms);
    }

    public async ValueTask<VirtualMailbox> FindAsync(string recipient, CancellationToken cancellationToken)
    {
        var mailbox = (await _mailboxes.FindAsync(recipient, cancellationToken)).Result;
        if (mailbox.IsTrouble)
        {
            _log.Warning($"table virtual_mailbox_maps: lookup {recipient}: {mailbox.Value}");
            return VirtualMailbox.Misconfigured;
        }

        if (!mailbox.IsFound)
        {
            return VirtualMailbox.Unknown;
        }

        var path = $"{_settings.MailboxBase}/{mailbox.Value}";
        var uid = await FindNumberAsync(_uids, "virtual_uid_maps", "uid", recipient, _settings.MinimumUid, cancellationToken);
        if (uid == null)
        {
            return VirtualMailbox.Misconfigured;
        }

        var gid = await FindNumberAsync(_gids, "virtual_gid_maps", "gid", recipient, 1, cancellationToken);
        return gid == null ? VirtualMailbox.Misconfigured : new VirtualMailbox(new MailboxTarget(path, uid.Value, gid.Value), false);
    }

    private async ValueTask<uint?> FindNumberAsync(
        AddressLookup maps, string name, string what, string recipient, long minimum, CancellationToken cancellationToken)
    {
        var result = (await maps.FindAsync(recipient, cancellationToken)).Result;
        if (!result.IsFound)
        {
            _log.Warning($"recipient {recipient}: not found in {name}");
            return null;
        }

        if (!uint.TryParse(result.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < minimum)
        {
            _log.Warning($"recipient {recipient}: bad {what} {result.Value} in {name}");
            return null;
        }

        return number;
    }
}

/// <param name="Target">Null when there is none.</param>
/// <param name="IsUnknown">The address is in no table; otherwise the configuration is wrong or a table in trouble.</param>
public readonly record struct VirtualMailbox(MailboxTarget? Target, bool IsUnknown)
{
    public static readonly VirtualMailbox Unknown = new(null, true);

    public static readonly VirtualMailbox Misconfigured = new(null, false);
}
