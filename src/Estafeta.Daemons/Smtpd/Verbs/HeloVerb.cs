using System.Globalization;
using Estafeta.Mail.Smtp;
using Estafeta.Services.Logging;
using Estafeta.Services.SmtpServer;

namespace Estafeta.Daemons.Smtpd.Verbs;

/// <summary>HELO and EHLO (RFC 5321 §4.1.1.1): the client names itself and the session starts anew.</summary>
internal static class HeloVerb
{
    private const string NeutralisedCharacters = " <>()\\\";@";

    public static async ValueTask<bool> HeloAsync(SmtpdSession session, CommandLine command)
    {
        if (command.Count < 2)
        {
            return await session.RefuseAsync("501 Syntax: HELO hostname");
        }

        if (!await AcceptAsync(session, command, isExtended: false))
        {
            return false;
        }

        await session.ReplyAsync("250 " + session.Settings.Myhostname);
        return true;
    }

    // A milter that refuses the greeting refuses MAIL; only 421 is said at once.
    private static async ValueTask<string?> AskMiltersAsync(SmtpdSession session, string name)
    {
        var refusal = session.Milters == null ? null : await session.Milters.HeloAsync(name);
        session.AnnouncesLittle = refusal is ['5', ..];
        return refusal?.StartsWith("421", StringComparison.Ordinal) == true ? refusal : null;
    }

    public static async ValueTask<bool> EhloAsync(SmtpdSession session, CommandLine command)
    {
        if (command.Count < 2)
        {
            return await session.RefuseAsync("501 Syntax: EHLO hostname");
        }

        if (!await AcceptAsync(session, command, isExtended: true))
        {
            return false;
        }

        return await AnnounceAsync(session);
    }

    private static async ValueTask<bool> AcceptAsync(SmtpdSession session, CommandLine command, bool isExtended)
    {
        await session.FlushHistoryAsync();

        // A name that is refused leaves the session as it was.
        var name = command.Join(1);
        var earlier = session.HeloName;
        if ((await session.CheckHeloAsync(name) ?? await AskMiltersAsync(session, Neutralise(name))) is { } refusal)
        {
            session.HeloName = earlier;
            return await session.RejectAsync(refusal);
        }

        await session.EndTransactionAsync();
        session.Bdat = BdatState.None;
        session.HeloName = Neutralise(name);

        // Once ESMTP, always ESMTP, as Postfix has it: a later HELO changes the name only.
        session.IsExtended |= isExtended;
        return true;
    }

    private static async ValueTask<bool> AnnounceAsync(SmtpdSession session)
    {
        var service = session.Service;
        if (await service.DiscardedKeywordsAsync(session) is not { } listed)
        {
            session.Log.Warning($"don't know what EHLO features to announce to {session.Peer.NameAddress}");
            return await session.RefuseForDataTroubleAsync();
        }

        session.DiscardedKeywords = listed;
        if (session.AnnouncesLittle)
        {
            session.DiscardedKeywords = EhloKeywords.SilentDiscard | (EhloKeywords.All & ~EhloKeywords.EnhancedStatusCodes);
        }

        var discarded = session.DiscardedKeywords;
        if (discarded is not EhloKeywords.None && !discarded.HasFlag(EhloKeywords.SilentDiscard))
        {
            session.Log.Info($"discarding EHLO keywords: {EhloKeywordNames.Describe(discarded)}");
        }

        var lines = new List<string>(16) { session.Settings.Myhostname };
        Add(EhloKeywords.Pipelining, "PIPELINING");
        var limit = session.Settings.MessageSizeLimit;
        Add(EhloKeywords.Size, limit > 0 ? string.Create(CultureInfo.InvariantCulture, $"SIZE {limit}") : "SIZE");
        if (!session.Settings.DisableVrfyCommand)
        {
            Add(EhloKeywords.Verify, "VRFY");
        }

        Add(EhloKeywords.Etrn, "ETRN");
        if (service.Tls != null && session.Tls == null)
        {
            Add(EhloKeywords.Starttls, "STARTTLS");
        }

        if (service.Authentication is { } authentication && await authentication.AnnounceAsync(session) is { } mechanisms)
        {
            Add(EhloKeywords.Auth, "AUTH " + mechanisms);
            if (authentication.Settings.AnnouncesForBrokenClients)
            {
                Add(EhloKeywords.Auth, "AUTH=" + mechanisms);
            }
        }

        if (await AddPrivilegesAsync(session, lines, discarded) is { } unknown)
        {
            session.Log.Warning($"don't know if EHLO feature {unknown} should be announced to {session.Peer.NameAddress}");
            return await session.RefuseForDataTroubleAsync();
        }

        Add(EhloKeywords.EnhancedStatusCodes, "ENHANCEDSTATUSCODES");
        Add(EhloKeywords.EightBitMime, "8BITMIME");
        Add(EhloKeywords.Dsn, "DSN");
        if (session.Settings.Smtputf8Enable)
        {
            Add(EhloKeywords.SmtpUtf8, "SMTPUTF8");
        }

        Add(EhloKeywords.Chunking, "CHUNKING");
        if (session.TakesRequireTls)
        {
            Add(EhloKeywords.RequireTls, "REQUIRETLS");
        }

        for (var i = 0; i < lines.Count - 1; i++)
        {
            session.WriteContinuation(service.EhloLines.GetOrAdd(lines[i], static l => "250-" + l));
        }

        await session.ReplyAsync(service.EhloEnds.GetOrAdd(lines[^1], static l => "250 " + l));
        return true;

        void Add(EhloKeywords keyword, string line)
        {
            if (!discarded.HasFlag(keyword))
            {
                lines.Add(line);
            }
        }
    }

    // What some clients may do. Null, or the keyword of which that cannot be said.
    private static async ValueTask<string?> AddPrivilegesAsync(SmtpdSession session, List<string> lines, EhloKeywords discarded)
    {
        var service = session.Service;
        return await AddAsync("XVERP", EhloKeywords.None, service.IsVerpAllowedAsync(session), "XVERP")
            ?? await AddAsync("XCLIENT", EhloKeywords.Xclient, service.IsXclientAllowedAsync(session), XclientVerb.EhloLine)
            ?? await AddAsync("XFORWARD", EhloKeywords.Xforward, service.IsXforwardAllowedAsync(session), XforwardVerb.EhloLine);

        async ValueTask<string?> AddAsync(string name, EhloKeywords keyword, ValueTask<bool?> asked, string line)
        {
            var isAllowed = await asked;
            if (isAllowed == true && (discarded & keyword) == 0)
            {
                lines.Add(line);
            }

            return isAllowed == null ? name : null;
        }
    }

    // The name ends up in Received, in log lines and in policy requests: nothing in it may change how those are read.
    private static string Neutralise(string name) => string.Create(name.Length, name, static (span, text) =>
    {
        for (var i = 0; i < text.Length; i++)
        {
            span[i] = text[i] < ' ' || text[i] == '\u007f' || NeutralisedCharacters.Contains(text[i], StringComparison.Ordinal) ? '?' : text[i];
        }
    });
}
