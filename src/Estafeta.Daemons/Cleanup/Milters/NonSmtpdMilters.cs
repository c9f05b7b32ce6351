using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;
using Estafeta.Mail.Addresses;
using Estafeta.Mail.Envelopes;
using Estafeta.Net.Milter;
using Estafeta.Services.ContentChecks;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Daemons.Cleanup;

/// <summary>
/// non_smtpd_milters: milters for mail that did not come by SMTP. They are told of a client that does not exist, localhost, and of an
/// envelope that is what it is.
/// </summary>
public sealed class NonSmtpdMilters
{
    private readonly IReadOnlyList<MilterSettings> _milters;
    private readonly MilterMacroValues _macros;
    private readonly Action<string> _warn;

    private NonSmtpdMilters(IReadOnlyList<MilterSettings> milters, MilterMacroValues macros, ContentTable headerChecks, Action<string> warn)
    {
        _milters = milters;
        _macros = macros;
        HeaderChecks = headerChecks;
        _warn = warn;
    }

    public bool IsEmpty => _milters.Count == 0;

    /// <summary>milter_header_checks.</summary>
    public ContentTable HeaderChecks { get; }

    public static NonSmtpdMilters Open(ParameterSet parameters, TableSet tables, IMailLog log) => new(
        MilterSettings.ParseAll(WordList.Split(parameters.Get(Parameters.NonSmtpdMilters)), parameters, Parameters.NonSmtpdMilters.Name),
        MilterMacroValues.Load(parameters),
        ContentTable.Open(Parameters.MilterHeaderChecks, tables, log.Warning),
        log.Warning);

    /// <summary>Connects, and tells of the envelope. The sessions are the caller's to end.</summary>
    /// <param name="queueId">For the macro <c>i</c>.</param>
    /// <param name="sender">Internal form.</param>
    /// <param name="recipients">As given.</param>
    /// <param name="sessions">Gets the sessions, also those that failed.</param>
    /// <param name="time">Their clock.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The first verdict that is not to continue, and when it came; a quarantine only when no milter says more.</returns>
    public async ValueTask<EnvelopeVerdict> BeginAsync(
        string queueId,
        string sender,
        IReadOnlyList<EnvelopeRecipient> recipients,
        List<(MilterSession Session, MilterMacroSource Macros)> sessions,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var held = new EnvelopeVerdict(MilterVerdict.Continue, "", 0);
        foreach (var settings in _milters)
        {
            var session = new MilterSession(settings, time, _warn);
            var values = _macros.ForMessage(queueId);
            sessions.Add((session, values.Find));
            var result = await TellEnvelopeAsync(session, values, sender, recipients, cancellationToken);
            if (result.Verdict.Decision == MilterDecision.Quarantine)
            {
                held = result;
            }
            else if (!result.Verdict.IsContinue)
            {
                return result;
            }
        }

        return held;
    }

    private static async ValueTask<EnvelopeVerdict> TellEnvelopeAsync(
        MilterSession session, MilterMacros values, string sender, IReadOnlyList<EnvelopeRecipient> recipients, CancellationToken cancellationToken)
    {
        var verdict = await session.ConnectAsync("localhost", '4', 0, "127.0.0.1", values.Find, cancellationToken);
        if (!verdict.IsContinue)
        {
            return new EnvelopeVerdict(verdict, "CONNECT", 0);
        }

        verdict = await session.HeloAsync("localhost", values.Find, cancellationToken);
        if (!verdict.IsContinue)
        {
            return new EnvelopeVerdict(verdict, "EHLO", 0);
        }

        // Without brackets, as Postfix has it here.
        values.Sender = sender;
        verdict = await session.MailAsync([LocalPart.Quote(sender)], values.Find, cancellationToken);
        if (!verdict.IsContinue)
        {
            return new EnvelopeVerdict(verdict, "MAIL", 0);
        }

        for (var i = 0; i < recipients.Count; i++)
        {
            values.Recipient = recipients[i].Address;
            verdict = await session.RecipientAsync([LocalPart.Quote(recipients[i].Address)], values.Find, cancellationToken);
            if (!verdict.IsContinue)
            {
                return new EnvelopeVerdict(verdict, EnvelopeVerdict.AtRecipient, i + 1);
            }
        }

        return new EnvelopeVerdict(await session.DataAsync(values.Find, cancellationToken), "DATA", recipients.Count);
    }
}

/// <param name="Verdict">What a milter says of the envelope.</param>
/// <param name="Stage">What it had just been told.</param>
/// <param name="Told">So many recipients it knew then.</param>
public readonly record struct EnvelopeVerdict(MilterVerdict Verdict, string Stage, int Told)
{
    public const string AtRecipient = "RCPT";
}
