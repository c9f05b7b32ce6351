namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>How a decision came about: every restriction asked, what it said, and the look-ups behind it.</summary>
internal sealed class AccessTrace
{
    private readonly List<AccessTraceStep> _steps = [];
    private string _list = "";

    public IReadOnlyList<AccessTraceStep> Steps => _steps;

    public void Begin(string list) => _list = list;

    /// <summary>A table key, a DNS answer, a policy reply.</summary>
    public void Note(string detail) => _steps.Add(new AccessTraceStep(_list, null, AccessVerdict.Dunno, detail));

    public void Add(string restriction, AccessVerdict verdict, string? reply) =>
        _steps.Add(new AccessTraceStep(_list, restriction, verdict, verdict == AccessVerdict.Reject ? reply : null));
}

/// <param name="Restriction">Null for a detail of the restriction that follows.</param>
internal readonly record struct AccessTraceStep(string List, string? Restriction, AccessVerdict Verdict, string? Detail);
