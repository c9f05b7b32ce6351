using System.Globalization;
using Estafeta.Mail.Dsn;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtpd.Access.Tables;

/// <summary>
/// Carries out the result of an access table or of a policy service (access(5)): OK, REJECT, DEFER, a reply code, PREPEND, HOLD,
/// DISCARD, FILTER, REDIRECT, BCC, WARN, INFO, DUNNO, or a list of restrictions.
/// </summary>
/// <param name="Table">Where the result comes from, for warnings.</param>
/// <param name="Key">What was looked up.</param>
/// <param name="ReplyName">Whom replies name.</param>
internal readonly record struct AccessActions(string Table, string Key, string ReplyName, ReplyClass ReplyClass)
{
    public ValueTask<AccessVerdict> ApplyAsync(AccessCheck check, string value, CancellationToken cancellationToken)
    {
        var space = value.IndexOfAny([' ', '\t']);
        var word = space < 0 ? value : value[..space];
        var text = space < 0 ? "" : value[space..].Trim();
        if (word.Length == 0)
        {
            check.Log.Warning($"access table {Table} entry {Key} has empty value");
            return new(AccessVerdict.Permit);
        }

        return char.IsAsciiDigit(word[0]) ? ApplyNumberAsync(check, word, text, cancellationToken) : word.ToUpperInvariant() switch
        {
            "OK" or "RELAY" => PermitAsync(check, word, cancellationToken),
            "DUNNO" => new(AccessVerdict.Dunno),
            "REJECT" => new(Refuse(check, check.Services.Settings.AccessMapRejectCode, "5.7.1", text, "Access denied")),
            "DEFER" => new(Refuse(check, check.Services.Settings.AccessMapDeferCode, "4.7.1", text, "Access denied")),
            "DEFER_IF_PERMIT" => new(DeferIfPermit(check, text)),
            "DEFER_IF_REJECT" => new(DeferIfReject(check, text)),
            "INFO" => new(Note(check, "info", text)),
            "WARN" => new(Note(check, "warn", text)),
            "HOLD" => new(Hold(check, text)),
            "DISCARD" => DiscardAsync(check, word, text, cancellationToken),
            "FILTER" => new(Filter(check, text)),
            "REDIRECT" => new(Redirect(check, text)),
            "BCC" => new(Bcc(check, text)),
            "PREPEND" => new(Prepend(check, text)),
            _ => RunRestrictionsAsync(check, value, cancellationToken),
        };
    }

    // 4NN and 5NN with text are replies; all other numbers are what Berkeley DB files of old said for OK.
    private ValueTask<AccessVerdict> ApplyNumberAsync(AccessCheck check, string word, string text, CancellationToken cancellationToken)
    {
        var isReply = word.Length == 3 && word[0] is '4' or '5' && char.IsAsciiDigit(word[1]) && char.IsAsciiDigit(word[2]) && text.Length > 0;
        return isReply
            ? new(Refuse(check, int.Parse(word, CultureInfo.InvariantCulture), word[0] + ".7.1", text, "Access denied"))
            : word.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0 ? PermitAsync(check, word, cancellationToken) : new(check.RejectServerError());
    }

    private async ValueTask<AccessVerdict> PermitAsync(AccessCheck check, string word, CancellationToken cancellationToken)
    {
        await check.LogPermitAsync(word, ReplyName, ReplyClass, "from " + Table, cancellationToken);
        return AccessVerdict.Permit;
    }

    private AccessVerdict Refuse(AccessCheck check, int code, string status, string text, string defaultText)
    {
        SplitStatus(ref status, ref text, defaultText);
        return check.Reject(ReplyClass, code, status, $"<{ReplyName}>: {ReplyClass.Words} rejected: {text}");
    }

    private AccessVerdict DeferIfPermit(AccessCheck check, string text)
    {
        var status = "4.7.1";
        SplitStatus(ref status, ref text, "Service unavailable");
        return check.DeferIfPermit(ReplyClass, check.Services.Settings.AccessMapDeferCode, status, $"<{ReplyName}>: {ReplyClass.Words} rejected: {text}");
    }

    private AccessVerdict DeferIfReject(AccessCheck check, string text)
    {
        var status = "4.7.1";
        SplitStatus(ref status, ref text, "Service unavailable");
        return check.DeferIfReject(ReplyClass, check.Services.Settings.AccessMapDeferCode, status, $"<{ReplyName}>: {ReplyClass.Words} rejected: {text}");
    }

    private static void SplitStatus(ref string status, ref string text, string defaultText)
    {
        if (EnhancedStatus.TryParse(text, out var given, out var length))
        {
            status = given.ToString();
            text = text[length..].TrimStart();
        }

        text = text.Length > 0 ? text : defaultText;
    }

    private static AccessVerdict Note(AccessCheck check, string action, string text)
    {
        check.Write(action, text);
        return AccessVerdict.Dunno;
    }

    private AccessVerdict Hold(AccessCheck check, string text)
    {
        if (check.AllowsEdit(Table, "HOLD") && check.State.Has(EnvelopeEditKind.Hold) is false)
        {
            check.Write("hold", Describe(text, "triggers HOLD action"));
            check.State.Add(new EnvelopeEdit(EnvelopeEditKind.Hold, text));
        }

        return AccessVerdict.Dunno;
    }

    private async ValueTask<AccessVerdict> DiscardAsync(AccessCheck check, string word, string text, CancellationToken cancellationToken)
    {
        if (check.AllowsEdit(Table, "DISCARD"))
        {
            check.Write("discard", Describe(text, "triggers DISCARD action"));
            check.State.Add(new EnvelopeEdit(EnvelopeEditKind.Discard, text));
            await check.LogPermitAsync(word, ReplyName, ReplyClass, "from " + Table, cancellationToken);
        }

        return AccessVerdict.Dunno;
    }

    private AccessVerdict Filter(AccessCheck check, string text)
    {
        if (!check.AllowsEdit(Table, "FILTER"))
        {
            return AccessVerdict.Dunno;
        }

        if (text.Length == 0)
        {
            check.Log.Warning($"access table {Table} entry \"{Key}\" has FILTER entry without value");
        }
        else if (!text.Contains(':', StringComparison.Ordinal))
        {
            check.Log.Warning($"access table {Table} entry \"{Key}\" requires transport:destination");
        }
        else
        {
            Edit(check, EnvelopeEditKind.Filter, "filter", "FILTER", text);
        }

        return AccessVerdict.Dunno;
    }

    private AccessVerdict Redirect(AccessCheck check, string text)
    {
        if (check.AllowsEdit(Table, "REDIRECT") && HasAddress(check, text))
        {
            Edit(check, EnvelopeEditKind.Redirect, "redirect", "REDIRECT", text);
        }

        return AccessVerdict.Dunno;
    }

    private AccessVerdict Bcc(AccessCheck check, string text)
    {
        if (check.AllowsEdit(Table, "BCC") && HasAddress(check, text))
        {
            Edit(check, EnvelopeEditKind.Bcc, "bcc", "BCC", text);
        }

        return AccessVerdict.Dunno;
    }

    private bool HasAddress(AccessCheck check, string text)
    {
        if (text.Contains('@', StringComparison.Ordinal))
        {
            return true;
        }

        check.Log.Warning($"access table {Table} entry \"{Key}\" requires user@domain target");
        return false;
    }

    private AccessVerdict Prepend(AccessCheck check, string text)
    {
        if (!check.Allows(Table, "PREPEND"))
        {
            return AccessVerdict.Dunno;
        }

        // header: text, with a name as RFC 5322 §2.2 has it: it goes into the message as it is.
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (ReplyClass == ReplyClass.EndOfData)
        {
            check.Log.Warning($"access table {Table}: action PREPEND must be used before smtpd_end_of_data_restrictions");
        }
        else if (colon <= 0 || text.AsSpan(0, colon).IndexOfAnyExceptInRange('!', '~') >= 0)
        {
            check.Log.Warning($"access table {Table} entry \"{Key}\" requires header: text");
        }
        else
        {
            check.State.Add(new EnvelopeEdit(EnvelopeEditKind.PrependHeader, text));
        }

        return AccessVerdict.Dunno;
    }

    private void Edit(AccessCheck check, EnvelopeEditKind kind, string action, string word, string text)
    {
        check.Write(action, $"<{ReplyName}>: {ReplyClass.Words} triggers {word} {text}");
        check.State.Add(new EnvelopeEdit(kind, text));
    }

    private string Describe(string text, string defaultText) => $"<{ReplyName}>: {ReplyClass.Words} {(text.Length > 0 ? text : defaultText)}";

    // A table must not choose which table is asked next: that is what restriction classes are for.
    private ValueTask<AccessVerdict> RunRestrictionsAsync(AccessCheck check, string value, CancellationToken cancellationToken)
    {
        if (value.Contains(':', StringComparison.Ordinal))
        {
            check.Log.Warning($"access table {Table} has entry with lookup table: {value}");
            check.Log.Warning("do not specify lookup tables inside SMTPD access maps");
            check.Log.Warning("define a restriction class and specify its name instead.");
            return new(check.RejectServerError());
        }

        if (check.IsTooDeep)
        {
            check.Log.Warning($"access table {Table} entry {value} causes unreasonable recursion");
            return new(check.RejectServerError());
        }

        return check.RunNestedAsync(check.Parser.ParseResult(value), ReplyName, ReplyClass, cancellationToken);
    }
}
