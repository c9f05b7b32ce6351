using System.Globalization;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// From the server's greeting to the list of what it offers: EHLO, HELO when that is refused, LHLO for LMTP (RFC 5321 §4.1.1.1,
/// RFC 2033 §4.1). Finds out when the server is this host.
/// </summary>
internal sealed class SmtpHandshake(SmtpClientSettings settings, SmtpClientTables tables, IMailLog log)
{
    /// <summary>Null when the session is ready for mail.</summary>
    /// <param name="nexthop">What the mail is for, in the text about loops.</param>
    public async ValueTask<SessionFailure?> RunAsync(SmtpSession session, string nexthop, bool detectsLoops, CancellationToken cancellationToken)
    {
        var connection = session.Connection;
        var greeting = await connection.ReadReplyAsync(settings.Timeouts.Helo, cancellationToken);
        if (greeting.IsLost)
        {
            return SessionFailure.NoReply(session.Server, greeting.Failure, "receiving the initial server greeting", true);
        }

        if (!greeting.IsPositive)
        {
            var failure = SessionFailure.RefusedToTalk(session.Server, greeting);
            return settings.Skip5xxGreeting ? failure.AsTemporary() : failure;
        }

        await LookAtGreetingAsync(session, greeting.Text, detectsLoops, cancellationToken);
        return settings.IsLmtp
            ? await HelloAsync(session, "LHLO", nexthop, detectsLoops, cancellationToken)
            : await HelloAsync(session, WantsEhlo(session, greeting.Text) ? "EHLO" : "HELO", nexthop, detectsLoops, cancellationToken);
    }

    /// <summary>EHLO once more, after STARTTLS: what was offered in clear is forgotten.</summary>
    public ValueTask<SessionFailure?> RepeatAsync(SmtpSession session, string nexthop, CancellationToken cancellationToken)
    {
        session.Features = EsmtpFeatures.None;
        return HelloAsync(session, settings.IsLmtp ? "LHLO" : "EHLO", nexthop, false, cancellationToken);
    }

    private bool WantsEhlo(SmtpSession session, string greeting) =>
        !PixWorkarounds.DisablesEsmtp(session.PixWorkarounds)
        && !settings.NeverSendEhlo
        && (settings.AlwaysSendEhlo || greeting.Contains("ESMTP", StringComparison.OrdinalIgnoreCase));

    private async ValueTask<SessionFailure?> HelloAsync(SmtpSession session, string verb, string nexthop, bool detectsLoops, CancellationToken cancellationToken)
    {
        var connection = session.Connection;
        connection.Write($"{verb} {settings.HeloName}");
        connection.Replies.KeepsLines = verb != "HELO";
        var sent = await connection.FlushAsync(settings.Timeouts.Helo, cancellationToken);
        var reply = sent == ReplyFailure.None
            ? await connection.ReadReplyAsync(settings.Timeouts.Helo, cancellationToken)
            : SmtpReply.NoReply(sent);
        connection.Replies.KeepsLines = false;
        if (reply.IsLost)
        {
            return SessionFailure.NoReply(session.Server, reply.Failure, $"performing the {verb} handshake", true);
        }

        if (!reply.IsPositive)
        {
            return verb == "EHLO"
                ? await HelloAsync(session, "HELO", nexthop, detectsLoops, cancellationToken)
                : SessionFailure.RefusedToTalk(session.Server, reply);
        }

        if (reply.Lines is not { } lines)
        {
            return null;
        }

        if (detectsLoops && FirstWord(lines[0]).Equals(settings.MyHostname, StringComparison.OrdinalIgnoreCase))
        {
            log.Warning($"host {session.Server.Relay} replied to HELO/EHLO with my own hostname {settings.MyHostname}");
            return SessionFailure.Local("5.4.6", $"mail for {nexthop} loops back to myself", true);
        }

        session.Features = EsmtpFeatures.Esmtp | ReadFeatures(session, lines);
        await DiscardFeaturesAsync(session, cancellationToken);
        return null;
    }

    private static EsmtpFeatures ReadFeatures(SmtpSession session, IReadOnlyList<string> lines)
    {
        var features = EsmtpFeatures.None;
        for (var i = 1; i < lines.Count; i++)
        {
            var line = lines[i];
            var keyword = FirstWord(line);
            var arguments = line.AsSpan(keyword.Length).Trim();
            switch (EsmtpFeatureNames.Find(keyword))
            {
                case EsmtpFeatures.Xforward:
                    foreach (var range in arguments.Split(' '))
                    {
                        features |= EsmtpFeatureNames.FindXforward(arguments[range]);
                    }

                    break;
                case EsmtpFeatures.Size:
                    features |= EsmtpFeatures.Size;
                    session.SizeLimit = long.TryParse(arguments, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0;
                    break;
                case EsmtpFeatures.Auth:
                    features |= EsmtpFeatures.Auth;
                    session.AuthMechanisms = arguments.ToString();
                    break;
                case var feature:
                    features |= feature;
                    break;
            }
        }

        return features;
    }

    private async ValueTask DiscardFeaturesAsync(SmtpSession session, CancellationToken cancellationToken)
    {
        var discard = settings.DiscardedFeatures;
        if (!tables.DiscardEhloKeywordAddresses.IsEmpty)
        {
            var found = await tables.DiscardEhloKeywordAddresses.LookupAsync(session.Server.AddressText, cancellationToken);
            discard = found.IsFound ? EsmtpFeatureNames.Parse(found.Value ?? "") : discard;
        }

        var discarded = discard & session.Features;
        if (discarded == EsmtpFeatures.None)
        {
            return;
        }

        session.Features &= ~discard;
        if ((discard & EsmtpFeatures.SilentDiscard) == 0)
        {
            log.Info($"discarding {(settings.IsLmtp ? "LHLO" : "EHLO")} keywords: {EsmtpFeatureNames.Format(discarded)}");
        }
    }

    private async ValueTask LookAtGreetingAsync(SmtpSession session, string greeting, bool detectsLoops, CancellationToken cancellationToken)
    {
        var text = greeting.Length > 4 ? greeting[4..] : "";
        if (IsStarred(text) && !settings.IsLmtp)
        {
            var names = settings.Pix.Names;
            if (!tables.PixWorkarounds.IsEmpty)
            {
                var found = await tables.PixWorkarounds.LookupAsync(session.Server.AddressText, cancellationToken);
                names = found.IsFound ? found.Value ?? "" : names;
            }

            session.PixWorkarounds = names;
            if (names.Length > 0)
            {
                log.Info($"enabling PIX workarounds: {names} for {session.Server.Relay}");
            }
        }

        if (detectsLoops && FirstWord(text).Equals(settings.MyHostname, StringComparison.OrdinalIgnoreCase))
        {
            log.Warning($"host {session.Server.Relay} greeted me with my own hostname {settings.MyHostname}");
        }
    }

    // "220 host ESMTP …"; a PIX shows a row of stars instead, with the 2 or 0 of "220" and "2.x" shining through.
    private static bool IsStarred(string text) =>
        text.Contains("**", StringComparison.Ordinal) && !text.AsSpan().ContainsAnyExcept("*20 ");

    private static ReadOnlySpan<char> FirstWord(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAny(' ', '\t');
        return end < 0 ? text : text[..end];
    }
}
