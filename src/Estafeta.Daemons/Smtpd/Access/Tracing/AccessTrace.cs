using Estafeta.Net.Dns;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtpd.Access.Tracing;

/// <summary>
/// How a decision came about: every restriction asked, what it said, and the look-ups behind it, for estafeta_explain_rejects and
/// <c>estafeta explain</c>. Recording keeps references to what the restrictions have in hand anyway; text is made only when somebody
/// reads it. One per session, emptied at each command; not thread-safe.
/// </summary>
internal sealed class AccessTrace
{
    /// <summary>A list that asks more than this is not explained to its end.</summary>
    private const int StepLimit = 1000;

    private readonly List<AccessTraceStep> _steps = new(32);
    private int _depth;
    private string _stage = "";

    public IReadOnlyList<AccessTraceStep> Steps => _steps;

    /// <summary>The restriction whose turn it is, for what it leaves to later ones.</summary>
    public Restriction? Current { get; private set; }

    /// <summary>The commands so far, when all are wanted: <c>estafeta explain</c>.</summary>
    public List<TracedCommand>? Commands { get; init; }

    /// <summary>A new command.</summary>
    public void Begin(string stage)
    {
        _steps.Clear();
        _depth = 0;
        _stage = stage;
        Current = null;
    }

    /// <param name="refusal">The reply; null when the command goes on.</param>
    public void End(string? refusal) => Commands?.Add(new TracedCommand(_stage, [.. _steps], refusal));

    /// <summary>What follows belongs to this list; nested ones are only deeper.</summary>
    public void BeginList(string name)
    {
        _depth = 0;
        Add(new AccessTraceStep(AccessTraceKind.List, 0, name, "", null));
        _depth = 1;
    }

    /// <summary>A restriction is asked. The result is for <see cref="Leave"/>.</summary>
    public int Enter(Restriction restriction)
    {
        Current = restriction;
        Add(new AccessTraceStep(AccessTraceKind.Restriction, _depth++, restriction.Name, "", null));
        return _steps.Count - 1;
    }

    public void Leave(int index, AccessVerdict verdict, string? reply)
    {
        _depth--;
        if (index < _steps.Count && _steps[index].Kind == AccessTraceKind.Restriction)
        {
            _steps[index] = _steps[index] with { Verdict = verdict, Detail = verdict == AccessVerdict.Reject ? reply : null };
        }
    }

    public void Table(string table, string key, LookupResult result) =>
        Add(new AccessTraceStep(AccessTraceKind.Table, _depth, table, key, result.Value) { Outcome = result.Outcome });

    public void Dns(string name, DnsAnswer answer) => Add(new AccessTraceStep(AccessTraceKind.Dns, _depth, name, "", answer));

    public void Address(string address, ResolvedAddress resolved) => Add(new AccessTraceStep(AccessTraceKind.Address, _depth, address, "", resolved));

    /// <param name="answer">Null when the service gave none.</param>
    public void Policy(string service, string? answer) => Add(new AccessTraceStep(AccessTraceKind.Policy, _depth, service, "", answer));

    public void Note(string text) => Add(new AccessTraceStep(AccessTraceKind.Note, _depth, text, "", null));

    private void Add(AccessTraceStep step)
    {
        if (_steps.Count < StepLimit)
        {
            _steps.Add(step);
        }
    }
}
