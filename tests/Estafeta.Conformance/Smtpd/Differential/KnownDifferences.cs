using System.Text.RegularExpressions;

namespace Estafeta.Conformance.Smtpd.Differential;

/// <summary>What Postfix 3.7 and 3.12 do differently, so that both become the same text. Each with its reason; nothing else may differ.</summary>
internal static partial class KnownDifferences
{
    private static readonly (string Reason, Func<string, string?> Apply)[] Rules =
    [
        ("3.10: the queue ID stands before lines about sessions that end badly", static l => EndsBadly().Replace(l, "")),
        ("Postfix remembers what DNS lists said for as long as the process lives, trouble too", static l => l.Contains(": RBL lookup error: ", StringComparison.Ordinal) ? null : l),
        ("3.10: a mechanism that does not exist is named", NormalizeReply),
        ("3.7 names the user of an earlier attempt when a mechanism does not exist", static l => l.Contains("Invalid authentication mechanism, sasl_username=", StringComparison.Ordinal) ? l[..l.LastIndexOf(',')] : l),
        ("3.9: permit_mx_backup says that it will go", static l => l.Contains("support for restriction \"permit_mx_backup\" will be removed", StringComparison.Ordinal) ? null : l),
        ("3.10: reject lines name the login", static l => Sasl().Replace(l, "")),
    ];

    /// <summary>Null for a line that only one of them has.</summary>
    public static string? Normalize(string line)
    {
        string? result = line;
        foreach (var (_, apply) in Rules)
        {
            result = result == null ? null : apply(result);
        }

        return result;
    }

    public static string NormalizeReply(string reply) => UnknownMechanism().Replace(reply, "$1");

    [GeneratedRegex("(Invalid authentication mechanism): '[^']*'")]
    private static partial Regex UnknownMechanism();

    [GeneratedRegex("^(NOQUEUE|QID): (?=(lost connection|timeout|too many errors) after )")]
    private static partial Regex EndsBadly();

    [GeneratedRegex("(?<=^(NOQUEUE|QID): .* proto=.*?)( sasl_method=\\S*| sasl_username=\\S*| sasl_sender=\\S*)+$")]
    private static partial Regex Sasl();
}
