using Estafeta.Unix.Processes;

namespace Estafeta.Services.Submission;

/// <summary>What postdrop answered.</summary>
/// <param name="QueueId">Name of the maildrop file; null when the message was not taken.</param>
/// <param name="Reason">Why not; empty when postdrop ended without a word.</param>
/// <param name="Status">How the process ended.</param>
public sealed record PostdropResult(string? QueueId, string Reason, ExitStatus Status)
{
    private const string Taken = "queued ";
    private const string Refused = "refused ";

    public static string FormatTaken(string queueId) => Taken + queueId + "\n";

    public static string FormatRefused(string reason) => Refused + reason + "\n";

    public static PostdropResult Parse(string line, ExitStatus status)
    {
        var text = line.TrimEnd('\n');
        if (text.StartsWith(Taken, StringComparison.Ordinal) && status.IsSuccess)
        {
            return new PostdropResult(text[Taken.Length..], "", status);
        }

        return new PostdropResult(null, text.StartsWith(Refused, StringComparison.Ordinal) ? text[Refused.Length..] : "", status);
    }
}
