using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Daemons.Smtpd.Access.Restrictions;
using Estafeta.Daemons.Smtpd.Access.Tracing;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;

namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>
/// Access control of one smtpd service: which lists are asked at which command, and when (smtpd_delay_reject). Every method answers
/// null, or the reply that refuses the command.
/// </summary>
internal sealed class SmtpdAccess
{
    private readonly AccessServices _services;
    private readonly RestrictionParser _parser;
    private readonly IMailLog _log;
    private readonly RestrictionList _client;
    private readonly RestrictionList _helo;
    private readonly RestrictionList _sender;
    private readonly RestrictionList _relay;
    private readonly RestrictionList _recipient;
    private readonly RestrictionList _data;
    private readonly RestrictionList _endOfData;
    private readonly RestrictionList _etrn;
    private readonly RestrictionList _localHeaders;
    private readonly Question _checkClient;
    private readonly Question _checkHelo;
    private readonly Question _checkSender;
    private readonly Question _checkRecipient;
    private readonly Question _checkData;
    private readonly Question _checkEndOfData;

    public SmtpdAccess(ParameterSet parameters, AccessServices services, IMailLog log)
    {
        _services = services;
        _log = log;
        _parser = new RestrictionParser(services, parameters);
        _client = Parse(Parameters.SmtpdClientRestrictions);
        _helo = Parse(Parameters.SmtpdHeloRestrictions);
        _sender = Parse(Parameters.SmtpdSenderRestrictions);
        _relay = Parse(Parameters.SmtpdRelayRestrictions);
        _recipient = Parse(Parameters.SmtpdRecipientRestrictions);
        RequireRefusal();
        _data = Parse(Parameters.SmtpdDataRestrictions);
        _endOfData = Parse(Parameters.SmtpdEndOfDataRestrictions);
        _etrn = Parse(Parameters.SmtpdEtrnRestrictions);
        _localHeaders = Parse(Parameters.LocalHeaderRewriteClients);

        _checkClient = CheckClientAsync;
        _checkHelo = CheckHeloNameAsync;
        _checkSender = CheckSenderAsync;
        _checkRecipient = CheckRecipientAsync;
        _checkData = (check, c) => RunAsync(_data, check, "DATA", ReplyClass.Data, c);
        _checkEndOfData = (check, c) => RunAsync(_endOfData, check, check.Subject.Stage, ReplyClass.EndOfData, c);

        RestrictionList Parse(StringParameter parameter) => _parser.Parse(parameter);
    }

    public OldDefaults OldDefaults => _services.OldDefaults;

    private delegate ValueTask<string?> Question(AccessCheck check, CancellationToken cancellationToken);

    /// <summary>What a new session starts with; its decisions are recorded under estafeta_explain_rejects.</summary>
    public AccessState CreateState()
    {
        var explains = _services.Settings.ExplainRejects;
        return new AccessState { Trace = explains ? new AccessTrace() : null, LogsExplanations = explains };
    }

    public ValueTask<string?> CheckConnectAsync(AccessSubject subject, AccessState state, CancellationToken cancellationToken) =>
        _services.Settings.DelayReject ? new((string?)null) : AnswerAsync(_checkClient, subject, state, cancellationToken);

    public ValueTask<string?> CheckHeloAsync(AccessSubject subject, AccessState state, CancellationToken cancellationToken) =>
        _services.Settings.DelayReject ? new((string?)null) : AnswerAsync(_checkHelo, subject, state, cancellationToken);

    public ValueTask<string?> CheckMailAsync(AccessSubject subject, AccessState state, CancellationToken cancellationToken) =>
        _services.Settings.DelayReject ? new((string?)null) : AnswerAsync(_checkSender, subject, state, cancellationToken);

    public ValueTask<string?> CheckRcptAsync(AccessSubject subject, AccessState state, CancellationToken cancellationToken) =>
        AnswerAsync(_checkRecipient, subject, state, cancellationToken);

    /// <summary>VRFY answers what RCPT would.</summary>
    public ValueTask<string?> CheckVrfyAsync(AccessSubject subject, AccessState state, CancellationToken cancellationToken) =>
        AnswerAsync(_checkRecipient, subject, state, cancellationToken);

    public ValueTask<string?> CheckDataAsync(AccessSubject subject, AccessState state, CancellationToken cancellationToken) =>
        _data.IsEmpty ? new((string?)null) : AnswerAsync(_checkData, subject, state, cancellationToken);

    public ValueTask<string?> CheckEndOfMessageAsync(AccessSubject subject, AccessState state, CancellationToken cancellationToken) =>
        _endOfData.IsEmpty ? new((string?)null) : AnswerAsync(_checkEndOfData, subject, state, cancellationToken);

    /// <summary>Client and HELO restrictions count for ETRN too when they were delayed.</summary>
    public ValueTask<string?> CheckEtrnAsync(AccessSubject subject, AccessState state, CancellationToken cancellationToken) =>
        AnswerAsync(CheckEtrnSiteAsync, subject, state, cancellationToken);

    private async ValueTask<string?> CheckRecipientAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        var (subject, state) = (check.Subject, check.State);

        // RFC 5321 §4.5.1: the unqualified postmaster takes mail from anyone.
        var recipient = subject.Recipient ?? "";
        if (recipient.Equals("postmaster", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        state.HasCheckedRecipientTables = false;
        if (_services.Settings.DelayReject)
        {
            var earlier = await CheckClientAsync(check, cancellationToken)
                ?? await CheckHeloNameAsync(check, cancellationToken)
                ?? await CheckSenderAsync(check, cancellationToken);
            if (earlier != null)
            {
                return earlier;
            }
        }

        Begin(state, state.SenderDeferral);
        var (first, second) = _services.Settings.RelayBeforeRecipient ? (_relay, _recipient) : (_recipient, _relay);
        var verdict = await check.RunAsync(first, recipient, ReplyClass.Recipient, cancellationToken);
        if (verdict == AccessVerdict.Reject)
        {
            _services.OldDefaults.RejectedBeforeRelay(recipient, subject.Peer);
        }
        else
        {
            verdict = check.Conclude(await check.RunAsync(second, recipient, ReplyClass.Recipient, cancellationToken));
        }

        if (verdict != AccessVerdict.Reject && _services.OldDefaults.HasNoRelayRestrictions)
        {
            await AskNewRelayDefaultAsync(subject, cancellationToken);
        }

        if (verdict != AccessVerdict.Reject && _services.Settings.RejectUnlistedRecipient && !state.IsDiscarded)
        {
            check.Trace?.BeginList(Parameters.SmtpdRejectUnlistedRecipient.Name);
            verdict = await UnlistedRestriction.CheckRecipientAsync(check, cancellationToken);
        }

        return verdict == AccessVerdict.Reject ? check.Reply : null;
    }

    // What today's default of smtpd_relay_restrictions would say.
    private async ValueTask AskNewRelayDefaultAsync(AccessSubject subject, CancellationToken cancellationToken)
    {
        if ((_services.Settings.SaslAuthEnable && subject.SaslUsername.Length > 0)
            || await _services.IsInMynetworksAsync(subject.Peer, cancellationToken) != false)
        {
            return;
        }

        var recipient = subject.Recipient ?? "";
        var resolved = await _services.ResolveAsync(subject.Sender ?? "", recipient, cancellationToken);
        if (resolved.Class != AddressClass.Trouble && !AuthDestination.IsOurs(_services, resolved))
        {
            _services.OldDefaults.AvoidedRelayDenial(recipient, subject.Peer);
        }
    }

    private async ValueTask<string?> CheckEtrnSiteAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        if (_services.Settings.DelayReject)
        {
            var earlier = await CheckClientAsync(check, cancellationToken) ?? await CheckHeloNameAsync(check, cancellationToken);
            if (earlier != null)
            {
                return earlier;
            }
        }

        Begin(check.State, check.State.HeloDeferral);
        return check.Conclude(await check.RunAsync(_etrn, check.Subject.EtrnDomain ?? "", ReplyClass.Etrn, cancellationToken)) == AccessVerdict.Reject ? check.Reply : null;
    }

    /// <summary>local_header_rewrite_clients: headers of this client's mail are completed as if it were submitted here.</summary>
    /// <returns>And the refusal when that cannot be said.</returns>
    public async ValueTask<(bool IsLocal, string? Refusal)> IsLocalClientAsync(AccessSubject subject, AccessState state, CancellationToken cancellationToken)
    {
        if (_localHeaders.IsEmpty)
        {
            return (false, null);
        }

        // What the lists of an earlier command left behind is nothing to this one.
        state.DeferIfPermit = state.DeferIfReject = null;
        var check = new AccessCheck(_services, _parser, subject, state, _log, null) { LogsPermits = false };
        var verdict = await check.RunAsync(_localHeaders, subject.Peer.NameAddress, ReplyClass.Client, cancellationToken);
        return (verdict == AccessVerdict.Permit, verdict == AccessVerdict.Reject ? check.Reply : null);
    }

    /// <summary>Logs a refusal that no restriction made, and passes it on.</summary>
    public string LogRejection(AccessSubject subject, AccessState state, string reply)
    {
        new AccessCheck(_services, _parser, subject, state, _log, null).Write("reject", reply);
        return reply;
    }

    // Answers a command; what led to a refusal is logged behind it when it was recorded.
    private ValueTask<string?> AnswerAsync(Question question, AccessSubject subject, AccessState state, CancellationToken cancellationToken)
    {
        var check = new AccessCheck(_services, _parser, subject, state, _log, state.Trace);
        return state.Trace is { } trace ? ExplainAsync(trace) : question(check, cancellationToken);

        async ValueTask<string?> ExplainAsync(AccessTrace trace)
        {
            trace.Begin(subject.Stage);
            var refusal = await question(check, cancellationToken);
            trace.End(refusal);
            if (refusal != null && state.LogsExplanations)
            {
                new AccessCheck(_services, _parser, subject, state, _log, null).Write("explain", AccessExplanation.Write(trace.Steps));
            }

            return refusal;
        }
    }

    // J02: a server that refuses nobody relays for everybody.
    private void RequireRefusal()
    {
        if (Refuses(_relay, []) || Refuses(_recipient, []))
        {
            return;
        }

        throw new ConfigurationException(
            "in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify at least one working instance of: "
            + "reject_unauth_destination, defer_unauth_destination, reject, defer or defer_if_permit");
    }

    // In the list or in a class that it names; what follows "permit" is never reached.
    private bool Refuses(RestrictionList list, HashSet<string> seen)
    {
        foreach (var restriction in list.Restrictions)
        {
            switch (restriction)
            {
                case RejectRestriction or DeferRestriction or DeferIfPermitRestriction or UnauthDestinationRestriction:
                case ClassRestriction when seen.Add(restriction.Name) && Refuses(_parser.FindClass(restriction.Name), seen):
                    return true;
                case PermitRestriction:
                    return false;
            }
        }

        return false;
    }

    // Before each list.
    private static void Begin(AccessState state, PendingReply? deferral)
    {
        state.DeferIfPermit = deferral;
        state.DeferIfReject = null;
    }

    private async ValueTask<string?> CheckClientAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        var state = check.State;
        Begin(state, null);
        var verdict = await check.RunAsync(_client, check.Subject.Peer.NameAddress, ReplyClass.Client, cancellationToken);
        state.ClientDeferral = state.DeferIfPermit;
        return verdict == AccessVerdict.Reject ? check.Reply : null;
    }

    private async ValueTask<string?> CheckHeloNameAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        var (subject, state) = (check.Subject, check.State);
        state.HeloDeferral = state.ClientDeferral;
        if (subject.Helo == null)
        {
            return null;
        }

        Begin(state, state.ClientDeferral);
        var verdict = await check.RunAsync(_helo, subject.Helo, ReplyClass.Helo, cancellationToken);
        state.HeloDeferral = state.DeferIfPermit;
        return verdict == AccessVerdict.Reject ? check.Reply : null;
    }

    private async ValueTask<string?> CheckSenderAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        var (subject, state) = (check.Subject, check.State);
        if (subject.Sender == null)
        {
            return null; // VRFY outside a transaction
        }

        state.HasCheckedSenderTables = false;
        Begin(state, state.HeloDeferral);
        var verdict = await check.RunAsync(_sender, subject.Sender, ReplyClass.Sender, cancellationToken);
        if (verdict != AccessVerdict.Reject && _services.Settings.RejectUnlistedSender)
        {
            check.Trace?.BeginList(Parameters.SmtpdRejectUnlistedSender.Name);
            verdict = await UnlistedRestriction.CheckSenderAsync(check, cancellationToken);
        }

        state.SenderDeferral = state.DeferIfPermit;
        return verdict == AccessVerdict.Reject ? check.Reply : null;
    }

    private static async ValueTask<string?> RunAsync(
        RestrictionList list, AccessCheck check, string name, ReplyClass replyClass, CancellationToken cancellationToken)
    {
        if (list.IsEmpty)
        {
            return null;
        }

        Begin(check.State, null);
        return check.Conclude(await check.RunAsync(list, name, replyClass, cancellationToken)) == AccessVerdict.Reject ? check.Reply : null;
    }
}
