using System.Globalization;
using Estafeta.Daemons.Smtpd.Access.Dns;
using Estafeta.Daemons.Smtpd.Access.Tracing;
using Estafeta.Daemons.Smtpd.Notices;
using Estafeta.Net.Dns;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;

namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>
/// One evaluation of restriction lists for one command: runs them, turns their rejects into replies and log lines, and keeps the trace.
/// The live server and <c>estafeta explain</c> use it alike.
/// </summary>
internal sealed class AccessCheck(AccessServices services, RestrictionParser parser, AccessSubject subject, AccessState state, IMailLog log, AccessTrace? trace)
{
    private const int DepthLimit = 100;

    private int _depth;
    private int _warnDepth;
    private ResolvedAddress? _resolved;
    private (string Sender, string Address) _resolvedFor;

    public AccessServices Services => services;

    public RestrictionParser Parser => parser;

    public AccessSubject Subject => subject;

    public AccessState State => state;

    public IMailLog Log => log;

    public AccessTrace? Trace => trace;

    /// <summary>The name of what the running list is about: the client, the HELO name, an address.</summary>
    public string ReplyName { get; private set; } = "";

    /// <summary>What the running list is about.</summary>
    public ReplyClass ReplyClass { get; private set; } = ReplyClass.Client;

    /// <summary>Reply to the client after a <see cref="AccessVerdict.Reject"/>.</summary>
    public string? Reply { get; private set; }

    /// <summary>No further restrictions in the results of tables: they go in circles.</summary>
    public bool IsTooDeep => _depth > DepthLimit;

    /// <summary>smtpd_log_access_permit_actions counts here.</summary>
    public bool LogsPermits { get; init; } = true;

    public bool IsWarning => _warnDepth > 0;

    /// <summary>Runs a list on behalf of a command.</summary>
    public ValueTask<AccessVerdict> RunAsync(RestrictionList list, string replyName, ReplyClass replyClass, CancellationToken cancellationToken)
    {
        ReplyName = replyName;
        ReplyClass = replyClass;
        trace?.BeginList(list.Name);
        return RunNestedAsync(list, cancellationToken);
    }

    /// <summary>Runs a restriction class, or the restrictions in the result of an access table.</summary>
    public async ValueTask<AccessVerdict> RunNestedAsync(RestrictionList list, CancellationToken cancellationToken)
    {
        if (_depth > 2 * DepthLimit)
        {
            log.Warning($"{list.Name} causes unreasonable recursion");
            return RejectServerError();
        }

        _depth++;
        var verdict = AccessVerdict.Dunno;
        for (var i = 0; i < list.Restrictions.Count && verdict == AccessVerdict.Dunno && !state.IsDiscarded; i++)
        {
            if (state is { DeferIfPermit: not null, DeferIfReject: not null })
            {
                break; // whatever comes, the answer is a deferral
            }

            ForeseeLists(list.Restrictions, i);
            var step = trace?.Enter(list.Restrictions[i]) ?? 0;
            verdict = await EvaluateAsync(list.Restrictions[i], cancellationToken);
            trace?.Leave(step, verdict, Reply);
        }

        _depth--;
        return verdict;
    }

    /// <summary>Runs the restrictions in the result of an access table: about what the table was asked.</summary>
    public async ValueTask<AccessVerdict> RunNestedAsync(RestrictionList list, string replyName, ReplyClass replyClass, CancellationToken cancellationToken)
    {
        var (outerName, outerClass) = (ReplyName, ReplyClass);
        (ReplyName, ReplyClass) = (replyName, replyClass);
        var verdict = await RunNestedAsync(list, cancellationToken);
        (ReplyName, ReplyClass) = (outerName, outerClass);
        return verdict;
    }

    // Before the first of several DNS lists in a row: all of them are asked at once.
    private void ForeseeLists(IReadOnlyList<Restriction> restrictions, int first)
    {
        if (!restrictions[first].AsksList || (first > 0 && restrictions[first - 1].AsksList))
        {
            return;
        }

        for (var i = first; i < restrictions.Count && restrictions[i].AsksList; i++)
        {
            restrictions[i].Foresee(this);
        }
    }

    /// <summary>Runs a restriction whose rejects are only logged (warn_if_reject).</summary>
    public async ValueTask<AccessVerdict> RunWarningAsync(Restriction restriction, CancellationToken cancellationToken)
    {
        _warnDepth++;
        var verdict = await EvaluateAsync(restriction, cancellationToken);
        _warnDepth--;
        return verdict;
    }

    /// <summary>
    /// A refusal: <paramref name="text"/> without code and status. Answers Dunno under warn_if_reject; a 5xx becomes the deferral that
    /// earlier trouble left behind.
    /// </summary>
    /// <param name="replyClass">What it is about.</param>
    /// <param name="code">Of three digits.</param>
    /// <param name="status">Enhanced status, fitted to the class.</param>
    /// <param name="text">The rest.</param>
    /// <param name="isOurFault">Trouble with configuration or tables: no mere warning under warn_if_reject.</param>
    /// <param name="errors">For notify_classes.</param>
    public AccessVerdict Reject(ReplyClass replyClass, int code, string status, string text, bool isOurFault = false, SessionErrors errors = SessionErrors.Policy)
    {
        var fitted = replyClass.Fit(status);
        if (fitted != status)
        {
            log.Info($"mapping DSN status {status} into {replyClass.Words} status {fitted}");
        }

        // soft_bounce: what would be for good is for now only.
        var isSoftened = services.Settings.SoftBounce && code / 100 == 5;
        var replyCode = isSoftened ? code - 100 : code;
        var reply = string.Create(CultureInfo.InvariantCulture, $"{replyCode} {(char)('0' + (replyCode / 100))}{fitted.AsSpan(1)} {text}");
        if (IsWarning && !isOurFault)
        {
            Write("reject_warning", reply);
            trace?.Note("reject_warning: " + reply);
            return AccessVerdict.Dunno;
        }

        if (code / 100 == 5 && state.DeferIfReject is { } deferral)
        {
            state.DeferIfReject = null;
            trace?.Note($"deferred because of {deferral.Origin}, instead of: {reply}");
            return Reject(deferral.Class, deferral.Code, deferral.Status, deferral.Text);
        }

        Write("reject", reply);
        Reply = reply;
        state.Refusal = (reply, errors);
        return AccessVerdict.Reject;
    }

    /// <summary>Trouble that could have hidden a reject: 4xx unless something else rejects. Only the first one is kept.</summary>
    public AccessVerdict DeferIfPermit(ReplyClass replyClass, int code, string status, string text)
    {
        if (IsWarning)
        {
            return Reject(replyClass, code, status, text);
        }

        state.DeferIfPermit ??= new PendingReply(replyClass, code, status, text) { Origin = trace?.Current?.Name };
        trace?.Note($"a permit is {code} from now on");
        return AccessVerdict.Dunno;
    }

    /// <summary>Trouble that could have hidden a permit: a later 5xx becomes this 4xx.</summary>
    public AccessVerdict DeferIfReject(ReplyClass replyClass, int code, string status, string text)
    {
        state.DeferIfReject ??= new PendingReply(replyClass, code, status, text) { Origin = trace?.Current?.Name };
        trace?.Note($"a refusal for good is {code} from now on");
        return AccessVerdict.Dunno;
    }

    /// <summary>At the end of a command: a permit that trouble may have caused is a deferral.</summary>
    public AccessVerdict Conclude(AccessVerdict verdict)
    {
        if (verdict == AccessVerdict.Reject || state.DeferIfPermit is not { } deferral)
        {
            return verdict;
        }

        trace?.Note($"deferred because of {deferral.Origin}");
        return Reject(deferral.Class, deferral.Code, deferral.Status, deferral.Text);
    }

    /// <summary>Class, transport and next hop of an address as the client gave it. One restriction after the other asks for the same.</summary>
    public async ValueTask<ResolvedAddress> ResolveAsync(string sender, string address, CancellationToken cancellationToken)
    {
        if (_resolved is not { } resolved || sender != _resolvedFor.Sender || address != _resolvedFor.Address)
        {
            resolved = await services.ResolveAsync(sender, address, cancellationToken);
            (_resolved, _resolvedFor) = (resolved, (sender, address));
        }

        trace?.Address(address, resolved);
        return resolved;
    }

    /// <summary>Asks the name service.</summary>
    public async ValueTask<DnsAnswer> QueryAsync(string name, DnsRecordType type, CancellationToken cancellationToken)
    {
        var answer = await services.Dns.QueryAsync(name, type, cancellationToken);
        trace?.Dns(name, answer);
        return answer;
    }

    /// <summary>See <see cref="AccessDns.FindAnyAsync"/>.</summary>
    public ValueTask<DnsAnswer> FindAnyAsync(string name, IReadOnlyList<DnsRecordType> types, CancellationToken cancellationToken) =>
        services.Dns.FindAnyAsync(name, types, trace, cancellationToken);

    /// <summary>See <see cref="AccessDns.FindAddressesAsync"/>.</summary>
    public ValueTask<HostAddresses> FindAddressesAsync(string host, CancellationToken cancellationToken) =>
        services.Dns.FindAddressesAsync(host, trace, cancellationToken);

    /// <summary>The configuration makes no sense: nobody is let in by it, nobody is turned away for good.</summary>
    public AccessVerdict RejectServerError() => Reject(ReplyClass, 451, "4.3.5", "Server configuration error", isOurFault: true, SessionErrors.Software);

    /// <summary>A table said OK where it may only refuse: about names that the client chose itself.</summary>
    public AccessVerdict RejectPermit(string restriction, string name)
    {
        log.Warning($"restriction {restriction} returns OK for {name}");
        log.Warning("this is not allowed for security reasons");
        log.Warning("use DUNNO instead of OK if you want to make an exception");
        return RejectServerError();
    }

    /// <summary>A table was in trouble.</summary>
    public AccessVerdict RejectLookupTrouble(string address) =>
        Reject(ReplyClass, 451, "4.3.0", $"<{address}>: Temporary lookup failure", isOurFault: true, SessionErrors.Data);

    /// <summary>Whether an action makes sense here; warns when it does not.</summary>
    public bool Allows(string table, string action)
    {
        if (subject.Stage == "ETRN")
        {
            log.Warning($"access table {table}: action {action} is unavailable in smtpd_etrn_restrictions");
            return false;
        }

        if (subject.Sender != null)
        {
            return true;
        }

        log.Warning($"access table {table}: with smtpd_delay_reject=no, action {action} is always skipped in {ReplyClass.Client.Words} or {ReplyClass.Helo.Words} restrictions");
        return false;
    }

    /// <summary>The same for an action on the message: a before-queue filter makes a message of its own.</summary>
    public bool AllowsEdit(string table, string action)
    {
        if (!Allows(table, action))
        {
            return false;
        }

        if (services.Settings.HasProxyFilter)
        {
            log.Warning($"access table {table}: with smtpd_proxy_filter specified, action {action} is unavailable");
        }

        return !services.Settings.HasProxyFilter;
    }

    private async ValueTask<AccessVerdict> EvaluateAsync(Restriction restriction, CancellationToken cancellationToken)
    {
        var verdict = await restriction.EvaluateAsync(this, cancellationToken);
        if (verdict == AccessVerdict.Permit && !services.LoggedPermits.IsEmpty && restriction.Permitted(this) is { } permitted)
        {
            await LogPermitAsync(restriction.PlainName, permitted.Name, permitted.Class, "", cancellationToken);
        }

        return verdict;
    }

    /// <summary>smtpd_log_access_permit_actions.</summary>
    /// <param name="source"><c>from table</c>, or empty.</param>
    public async ValueTask LogPermitAsync(string action, string name, ReplyClass replyClass, string source, CancellationToken cancellationToken)
    {
        // A permit that will be a deferral is none to speak of.
        var logged = services.LoggedPermits;
        if (LogsPermits && state.DeferIfPermit == null && !logged.IsEmpty && (await logged.MatchAsync(action, cancellationToken)).IsFound)
        {
            Write("permit", $"action={action} for {replyClass.Words}={name} {source}");
        }
    }

    /// <summary>The log line of an access action.</summary>
    public void Write(string action, string text) =>
        log.Info($"{subject.QueueId ?? "NOQUEUE"}: {action}: {subject.Stage} from {subject.Peer.NameAddress}: {text};{AccessServices.Describe(subject)}");
}
