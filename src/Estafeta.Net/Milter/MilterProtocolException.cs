namespace Estafeta.Net.Milter;

/// <summary>The milter is there, and says what it may not. The message is for the log, behind <c>milter NAME: </c>.</summary>
internal sealed class MilterProtocolException(string message) : IOException(message)
{
    /// <summary>No default action helps: somebody must mend the filter or its configuration.</summary>
    public bool IsMisconfiguration { get; init; }
}
