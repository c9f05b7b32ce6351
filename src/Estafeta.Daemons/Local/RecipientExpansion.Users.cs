using Estafeta.Configuration.Macros;
using Estafeta.Mail.Dsn;
using Estafeta.Tables;
using Estafeta.Unix;
using Estafeta.Unix.Identity;

namespace Estafeta.Daemons.Local;

/// <summary>Where expansion ends: users, their .forward files and mailboxes, commands, files, and names nobody has.</summary>
internal sealed partial class RecipientExpansion
{
    private async ValueTask DeliverUserAsync(Expansion expansion, CancellationToken cancellationToken)
    {
        parts.Extensions.TrySplit(expansion.LocalPart, out var name, out _);

        // A user's own name in the user's own .forward is the mailbox.
        var isOwn = expansion.From == name;
        if (!isOwn && (expansion.HasOwner || expansion.MustForward))
        {
            await ForwardAsync(expansion, cancellationToken);
            return;
        }

        UserAccount? user;
        try
        {
            user = parts.FindUser(name);
        }
        catch (UnixException e)
        {
            Warn($"error looking up passwd info for {name}: {e.Message}");
            await AddAsync(expansion, DeliveryStatus.Deferred("4.3.0", "user lookup error"), cancellationToken);
            return;
        }

        if (user != null && !expansion.IsEscaped && !(isOwn && expansion.Kind == ExpansionKinds.Forward)
            && await TryForwardFileAsync(expansion, user, cancellationToken))
        {
            return;
        }

        await DeliverMailboxAsync(expansion, name, user, cancellationToken);
    }

    private async ValueTask<bool> TryForwardFileAsync(Expansion expansion, UserAccount user, CancellationToken cancellationToken)
    {
        if (user.Uid == 0 && Privileges.EffectiveUid != 0)
        {
            return false;
        }

        List<(string Path, bool IsForExtension)> paths;
        try
        {
            paths = ForwardPaths(expansion, user);
        }
        catch (MacroException e)
        {
            Warn($"forward_path: {e.Message}");
            await AddAsync(expansion, DeliveryStatus.Deferred("4.3.5", "mail system configuration error"), cancellationToken);
            return true;
        }

        if (_settings.NeedsHome && !Directory.Exists(user.HomeDirectory))
        {
            await AddAsync(expansion, DeliveryStatus.Deferred("4.3.0", $"cannot access home directory {user.HomeDirectory}: No such file or directory"), cancellationToken);
            return true;
        }

        if (await parts.Forwards.FindAsync(paths.ConvertAll(static p => p.Path), user) is not var (path, text))
        {
            return false;
        }

        var list = DestinationList.ParseFile(text);
        if (list.Count == 0)
        {
            return false;
        }

        if (outcomes.Request.IsProbe)
        {
            await AddAsync(expansion, DeliveryStatus.Sent("2.0.0", $"forward via file: {path}"), cancellationToken);
            return true;
        }

        if (_seen.IsFirst($"file {path}"))
        {
            parts.Extensions.TrySplit(expansion.LocalPart, out var name, out _);
            var unmatched = paths.Find(p => p.Path == path).IsForExtension ? "" : expansion.LocalPart[name.Length..];
            var below = Below(expansion with { Unmatched = unmatched }, ExpansionKinds.Forward, user.Name) with { User = user, MustForward = true };
            await DeliverListAsync(list, below, cancellationToken);
        }

        return true;
    }

    // What is found where $extension says has taken the extension into account.
    private List<(string Path, bool IsForExtension)> ForwardPaths(Expansion expansion, UserAccount user)
    {
        var paths = new List<(string Path, bool IsForExtension)>();
        var hasExtension = parts.Extensions.TrySplit(expansion.LocalPart, out _, out _);
        foreach (var item in _settings.ForwardPath.Split([' ', '\t', ',', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            var path = parts.Macros.Expand(item, expansion, user, _settings.ForwardFilter);
            if (path.StartsWith('/') && !paths.Exists(p => p.Path == path))
            {
                paths.Add((path, hasExtension && item.Contains("extension", StringComparison.Ordinal)));
            }
        }

        return paths;
    }

    private async ValueTask DeliverMailboxAsync(Expansion expansion, string name, UserAccount? user, CancellationToken cancellationToken)
    {
        if (!_seen.IsFirst($"mailbox {name}"))
        {
            return;
        }

        if (await FindSettingAsync(parts.MailboxTransportMaps, _settings.MailboxTransport, name, expansion, cancellationToken) is not { } transport)
        {
            return;
        }

        if (transport.Length > 0)
        {
            await PassAsync(transport, expansion, cancellationToken);
            return;
        }

        if (user == null)
        {
            await DeliverUnknownAsync(expansion, name, cancellationToken);
            return;
        }

        if (await FindSettingAsync(parts.MailboxCommandMaps, _settings.MailboxCommand, name, expansion, cancellationToken) is not { } command)
        {
            return;
        }

        DeliveryStatus status;
        if (outcomes.IsVerifyOnly)
        {
            status = DeliveryStatus.Sent("2.0.0", command.Length > 0 ? $"delivers to command: {command}" : "delivers to mailbox");
        }
        else
        {
            status = command.Length > 0
                ? await parts.Commands.RunAsync(command, expansion, user, user, outcomes.Request, message)
                : await parts.Mailboxes.ToMailboxAsync(expansion, user, message);
        }

        await AddAsync(expansion, status, cancellationToken);
    }

    // The table's answer for the user, else the parameter; null when the table is in trouble, which is then reported.
    private async ValueTask<string?> FindSettingAsync(
        MapList maps, string otherwise, string name, Expansion expansion, CancellationToken cancellationToken)
    {
        if (maps.IsEmpty)
        {
            return otherwise;
        }

        var result = await maps.LookupAsync(name, cancellationToken);
        if (result.IsTrouble)
        {
            await AddAsync(expansion, DeliveryStatus.Deferred("4.3.0", "table lookup failure"), cancellationToken);
            return null;
        }

        return result.IsFound ? result.Value ?? "" : otherwise;
    }

    private async ValueTask DeliverUnknownAsync(Expansion expansion, string name, CancellationToken cancellationToken)
    {
        if (await FindSettingAsync(parts.FallbackTransportMaps, _settings.FallbackTransport, name, expansion, cancellationToken) is not { } transport)
        {
            return;
        }

        if (transport.Length > 0)
        {
            await PassAsync(transport, expansion, cancellationToken);
            return;
        }

        if (_settings.LuserRelay.Length > 0 && expansion.Level < Expansion.MaximumLevel && _seen.IsFirst($"luser {name}"))
        {
            var relay = parts.Macros.Expand(_settings.LuserRelay, expansion, null, _settings.ForwardFilter);
            await DeliverListAsync(DestinationList.Parse(relay), expansion with { Level = expansion.Level + 1, Unmatched = "" }, cancellationToken);
            return;
        }

        // Notices about undeliverable mail must not make more of them.
        if (name is "postmaster" or "mailer-daemon")
        {
            Warn($"required alias not found: {name}");
            await AddAsync(expansion, DeliveryStatus.Sent("2.0.0", "discarded"), cancellationToken);
            return;
        }

        await AddAsync(expansion, DeliveryStatus.Bounced("5.1.1", $"unknown user: \"{name}\""), cancellationToken);
    }

    // mailbox_transport, fallback_transport
    private async ValueTask PassAsync(string destination, Expansion expansion, CancellationToken cancellationToken)
    {
        var request = outcomes.Request with
        {
            Sender = expansion.Sender,
            Recipients = [expansion.Recipient with { Address = expansion.Address, OriginalAddress = expansion.Original }],
        };
        if (await parts.Transports.PassAsync(destination, request, cancellationToken) is { } status)
        {
            outcomes.Note(expansion.Address, expansion.Original, status);
        }
        else
        {
            await AddAsync(expansion, DeliveryStatus.Deferred("4.3.0", "mail transport unavailable"), cancellationToken);
        }
    }

    private async ValueTask DeliverCommandAsync(string command, Expansion expansion, CancellationToken cancellationToken)
    {
        if (!_settings.CommandsFrom.HasFlag(expansion.Kind))
        {
            await AddAsync(expansion, DeliveryStatus.Bounced("5.7.1", "mail to command is restricted"), cancellationToken);
            return;
        }

        var rights = RightsOf(expansion);
        if (!_seen.IsFirst($"command {rights.Uid} {command}"))
        {
            return;
        }

        var status = outcomes.IsVerifyOnly
            ? DeliveryStatus.Sent("2.0.0", $"delivers to command: {command}")
            : await parts.Commands.RunAsync(command, expansion, rights, expansion.User, outcomes.Request, message);
        await AddAsync(expansion, status, cancellationToken);
    }

    private async ValueTask DeliverFileAsync(string text, Expansion expansion, CancellationToken cancellationToken)
    {
        if (!_settings.FilesFrom.HasFlag(expansion.Kind))
        {
            await AddAsync(expansion, DeliveryStatus.Bounced("5.7.1", "mail to file is restricted"), cancellationToken);
            return;
        }

        if (text.StartsWith('~') && expansion.User == null)
        {
            await DeliverAddressAsync(text, expansion, cancellationToken);
            return;
        }

        var path = text.StartsWith('~') ? expansion.User!.HomeDirectory + text[1..] : text; // checked above
        var rights = RightsOf(expansion);
        if (!_seen.IsFirst($"file {rights.Uid} {path}"))
        {
            return;
        }

        var status = outcomes.IsVerifyOnly
            ? DeliveryStatus.Sent("2.0.0", $"delivers to file: {path}")
            : await parts.Mailboxes.ToFileAsync(path, expansion, rights, message);
        await AddAsync(expansion, status, cancellationToken);
    }

    // Root's own rights are never used for what a list names.
    private UserAccount RightsOf(Expansion expansion)
    {
        var rights = expansion.User ?? expansion.ListOwner ?? _settings.DefaultPrivileges;
        return rights.Uid == 0 ? _settings.DefaultPrivileges : rights;
    }
}
