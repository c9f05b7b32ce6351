using Estafeta.Daemons.Smtpd.Access.Tracing;
using Estafeta.Daemons.Smtpd.Notices;
using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>What restrictions leave behind in a session: edits for cleanup, and deferrals that a later verdict turns into replies.</summary>
internal sealed class AccessState
{
    private static readonly IReadOnlyList<EnvelopeEdit> NoEdits = [];
    private readonly HashSet<EnvelopeEditKind> _kinds = [];
    private List<EnvelopeEdit>? _edits;

    /// <summary>Set by trouble that may have hidden a reject: a permit becomes this reply.</summary>
    public PendingReply? DeferIfPermit { get; set; }

    /// <summary>Set by trouble that may have hidden a permit: a 5xx reject becomes this reply.</summary>
    public PendingReply? DeferIfReject { get; set; }

    /// <summary>What smtpd_client_restrictions left of <see cref="DeferIfPermit"/>; the later lists begin with it.</summary>
    public PendingReply? ClientDeferral { get; set; }

    public PendingReply? HeloDeferral { get; set; }

    public PendingReply? SenderDeferral { get; set; }

    public bool IsDiscarded { get; private set; }

    /// <summary>The recipient was looked up in its tables already (reject_unlisted_recipient).</summary>
    public bool HasCheckedRecipientTables { get; set; }

    public bool HasCheckedSenderTables { get; set; }

    /// <summary>The last refusal, and what of notify_classes it is.</summary>
    public (string Reply, SessionErrors Errors) Refusal { get; set; }

    /// <summary>How the answer to the command in hand came about; null when nobody wants to know.</summary>
    public AccessTrace? Trace { get; set; }

    /// <summary>What led to a refusal is logged behind it.</summary>
    public bool LogsExplanations { get; set; }

    public bool Has(EnvelopeEditKind kind) => _kinds.Contains(kind);

    public void Add(EnvelopeEdit edit)
    {
        (_edits ??= []).Add(edit);
        _kinds.Add(edit.Kind);
        IsDiscarded |= edit.Kind == EnvelopeEditKind.Discard;
    }

    /// <summary>The edits decided since the last call.</summary>
    public IReadOnlyList<EnvelopeEdit> TakeEdits()
    {
        if (_edits == null)
        {
            return NoEdits;
        }

        var edits = _edits;
        _edits = null;
        return edits;
    }

    /// <summary>The mail transaction is over. What concerns single look-ups is set anew when they are made.</summary>
    public void Forget()
    {
        _edits = null;
        _kinds.Clear();
        IsDiscarded = false;
    }
}

/// <param name="Class">What it is about.</param>
internal sealed record PendingReply(ReplyClass Class, int Code, string Status, string Text)
{
    /// <summary>The restriction that left it, when somebody wants to know.</summary>
    public string? Origin { get; init; }
}
