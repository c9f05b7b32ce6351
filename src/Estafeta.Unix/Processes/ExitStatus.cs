namespace Estafeta.Unix.Processes;

/// <summary>How a child process ended: by exit(2) with a code, or by a signal.</summary>
public readonly record struct ExitStatus(int Code, int Signal)
{
    public bool IsSuccess => Code == 0 && Signal == 0;

    /// <summary>As Postfix words it: <c>exit status 1</c>, <c>killed by signal 9</c>.</summary>
    public override string ToString() => Signal != 0 ? $"killed by signal {Signal}" : $"exit status {Code}";
}
