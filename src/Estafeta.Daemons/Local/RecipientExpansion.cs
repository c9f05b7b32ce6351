using Estafeta.Mail.Dsn;
using Estafeta.Services.Mailboxes;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;

namespace Estafeta.Daemons.Local;

/// <summary>
/// Delivers one recipient of a request: finds what its name stands for and does that, recursively. In order: alias, .forward, mailbox,
/// and what to do with a name that is none. What a .forward or :include: file, or a list with an owner, names is forwarded as new mail;
/// what a plain alias names is delivered here.
/// </summary>
internal sealed partial class RecipientExpansion(LocalParts parts, OutcomeCollector outcomes, MessageSource message)
{
    private readonly LocalSettings _settings = parts.Settings;
    private readonly Duplicates _seen = new(parts.Settings.DuplicateLimit);
    private readonly Forwarder _forwarder = new(parts.Cleanup, parts.Settings, parts.Time);

    public async ValueTask DeliverAsync(Expansion recipient, CancellationToken cancellationToken)
    {
        await DeliverRecipientAsync(recipient, cancellationToken);
        await _forwarder.SubmitAsync(message, outcomes, cancellationToken);
    }

    private async ValueTask DeliverRecipientAsync(Expansion expansion, CancellationToken cancellationToken)
    {
        if (!_seen.IsFirst($"recipient {expansion.Level} {expansion.Address}"))
        {
            return;
        }

        if (DeliveredTo.Contains(message.Head.Span, expansion.Address))
        {
            await AddAsync(expansion, DeliveryStatus.Bounced("5.4.6", $"mail forwarding loop for {expansion.Address}"), cancellationToken);
            return;
        }

        var name = expansion.LocalPart;
        if (expansion.Level > Expansion.MaximumLevel)
        {
            parts.Log.Write(Services.Logging.LogSeverity.Warning, $"alias database loop for {name}");
            await AddAsync(expansion, DeliveryStatus.Bounced("5.4.6", $"alias database loop for {name}"), cancellationToken);
            return;
        }

        if (expansion.IsEscaped || !await TryAliasAsync(expansion, name, cancellationToken))
        {
            await DeliverUserAsync(expansion, cancellationToken);
        }
    }

    /// <summary>An address as it stands in a list: completed, resolved, and delivered here or forwarded.</summary>
    private async ValueTask DeliverAddressAsync(string text, Expansion parent, CancellationToken cancellationToken)
    {
        var isEscaped = text.StartsWith('\\');
        var address = WithExtension(parts.Resolver.Rewrite(isEscaped ? text[1..] : text, localContext: true), parent.Unmatched);
        var resolved = await parts.Resolver.ResolveAsync(parent.Sender, address, cancellationToken);
        switch (resolved.Class)
        {
            case AddressClass.Invalid:
                await AddAsync(parent, DeliveryStatus.Bounced("5.1.3", $"bad recipient address syntax: {text}"), cancellationToken);
                return;
            case AddressClass.Trouble:
                await AddAsync(parent, DeliveryStatus.Deferred("4.3.0", "address resolver failure"), cancellationToken);
                return;
            default:
                break;
        }

        var expansion = parent with { Address = resolved.Recipient, IsEscaped = isEscaped };
        if (resolved.Transport == outcomes.Request.Transport)
        {
            await DeliverRecipientAsync(expansion, cancellationToken);
        }
        else
        {
            await ForwardAsync(expansion, cancellationToken);
        }
    }

    private static string WithExtension(string address, string extension) =>
        extension.Length > 0 && address.LastIndexOf('@') is > 0 and var at ? address.Insert(at, extension) : address;

    private async ValueTask DeliverListAsync(List<Destination> list, Expansion expansion, CancellationToken cancellationToken)
    {
        foreach (var destination in list)
        {
            switch (destination.Kind)
            {
                case DestinationKind.Command:
                    await DeliverCommandAsync(destination.Text, expansion, cancellationToken);
                    break;
                case DestinationKind.File:
                    await DeliverFileAsync(destination.Text, expansion, cancellationToken);
                    break;
                case DestinationKind.Include:
                    await DeliverIncludeAsync(destination.Text, expansion, cancellationToken);
                    break;
                default:
                    await DeliverAddressAsync(destination.Text, expansion, cancellationToken);
                    break;
            }
        }
    }

    private async ValueTask ForwardAsync(Expansion expansion, CancellationToken cancellationToken)
    {
        if (!_seen.IsFirst($"forward {expansion.Address}"))
        {
            return;
        }

        if (outcomes.IsVerifyOnly)
        {
            await outcomes.AddAsync(expansion, DeliveryStatus.Sent("2.0.0", $"forwards to {expansion.Address}"), cancellationToken);
            return;
        }

        _forwarder.Add(expansion, expansion.Address);
    }

    private async ValueTask<bool> TryAliasAsync(Expansion expansion, string name, CancellationToken cancellationToken)
    {
        // With extension, then without; a name in its own list is the user of that name.
        var keys = parts.Extensions.TrySplit(name, out var user, out _) ? new[] { name, user } : [name];
        foreach (var key in keys)
        {
            if (key == expansion.From)
            {
                return false;
            }

            var (result, table) = await parts.Aliases.FindAsync(key, cancellationToken);
            if (result.IsTrouble)
            {
                await AddAsync(expansion, DeliveryStatus.Deferred("4.3.0", "alias database unavailable"), cancellationToken);
                return true;
            }

            if (result.IsFound)
            {
                await DeliverAliasAsync(key, result.Value ?? "", table, expansion with { Unmatched = name[key.Length..] }, cancellationToken);
                return true;
            }
        }

        return false;
    }

    private async ValueTask DeliverAliasAsync(string name, string value, string table, Expansion expansion, CancellationToken cancellationToken)
    {
        if (outcomes.Request.IsProbe)
        {
            // That it is an alias is all that address verification wants to know; sendmail -bv looks further.
            await AddAsync(expansion, DeliveryStatus.Sent("2.0.0", $"aliased to {value}"), cancellationToken);
            return;
        }

        var list = DestinationList.Parse(value);
        if (list.Count == 0)
        {
            Warn($"no recipient in alias lookup result for {name}");
            await AddAsync(expansion, DeliveryStatus.Deferred("4.3.0", "alias database unavailable"), cancellationToken);
            return;
        }

        var below = await WithOwnerAsync(name, expansion, cancellationToken);
        if (below == null)
        {
            await AddAsync(expansion, DeliveryStatus.Deferred("4.3.0", "alias database unavailable"), cancellationToken);
            return;
        }

        await DeliverListAsync(
            list,
            Below(below, ExpansionKinds.Alias, name) with { User = null, ListOwner = AliasTables.OwnerOf(table) ?? _settings.DefaultPrivileges },
            cancellationToken);
    }

    // Null when the table is in trouble.
    private async ValueTask<Expansion?> WithOwnerAsync(string name, Expansion expansion, CancellationToken cancellationToken)
    {
        if (!_settings.HasOwners)
        {
            return expansion;
        }

        var owner = "owner-" + name;
        var (result, _) = await parts.Aliases.FindAsync(owner, cancellationToken);
        if (result.IsTrouble)
        {
            return null;
        }

        if (!result.IsFound)
        {
            return _settings.ResetsOwner && expansion.HasOwner
                ? expansion with { HasOwner = false, Sender = outcomes.Request.Sender, Original = expansion.Recipient.OriginalAddress }
                : expansion;
        }

        var sender = _settings.ExpandsOwner && DestinationList.Parse(result.Value ?? "") is [{ Kind: DestinationKind.Address } only, ..] ? only.Text : owner;
        return expansion with { HasOwner = true, Sender = parts.Resolver.Rewrite(sender, localContext: true), Original = "" };
    }

    private async ValueTask DeliverIncludeAsync(string path, Expansion expansion, CancellationToken cancellationToken)
    {
        if (!_seen.IsFirst($"include {path}"))
        {
            return;
        }

        if (await parts.Forwards.IncludeAsync(path, expansion.User) is not var (text, owner))
        {
            await AddAsync(expansion, DeliveryStatus.Bounced("5.3.5", "mail system configuration error"), cancellationToken);
            return;
        }

        var below = expansion with
        {
            Kind = ExpansionKinds.Include,
            MustForward = true,
            Unmatched = Passed(expansion, ExpansionKinds.Include),
            ListOwner = expansion.User ?? owner ?? _settings.DefaultPrivileges,
        };
        await DeliverListAsync(DestinationList.ParseFile(text), below, cancellationToken);
    }

    private Expansion Below(Expansion expansion, ExpansionKinds kind, string from) => expansion with
    {
        Level = expansion.Level + 1,
        Kind = kind,
        From = from,
        IsEscaped = false,
        Unmatched = Passed(expansion, kind),
        DeliveredTo = _settings.IsDeliveredToFrozen ? expansion.DeliveredTo : expansion.Address,
    };

    private string Passed(Expansion expansion, ExpansionKinds kind) => _settings.ExtensionsPass.HasFlag(kind) ? expansion.Unmatched : "";

    private ValueTask AddAsync(Expansion expansion, DeliveryStatus status, CancellationToken cancellationToken) =>
        outcomes.AddAsync(expansion, status, cancellationToken);

    private void Warn(string text) => parts.Log.Write(Services.Logging.LogSeverity.Warning, text);
}
