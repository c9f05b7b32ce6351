using System.Globalization;

namespace Estafeta.Net.MtaSts;

/// <summary>A policy as it is kept: with the id it was announced under and when it was had. As text, the policy follows an empty line.</summary>
public sealed record StsCacheEntry(string Id, DateTimeOffset Fetched, StsPolicy Policy)
{
    private const string FirstLine = "estafeta-mta-sts 1";

    public DateTimeOffset Expires => Fetched + Policy.MaxAge;

    public string Format() =>
        string.Create(CultureInfo.InvariantCulture, $"{FirstLine}\nid: {Id}\nfetched: {Fetched.ToUnixTimeSeconds()}\n\n{Policy.Text}");

    /// <summary>Null for what <see cref="Format"/> has not written.</summary>
    public static StsCacheEntry? Parse(string text)
    {
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var lines = end < 0 ? [] : text[..end].Split('\n');
        return lines.Length == 3
            && lines[0] == FirstLine
            && lines[1].StartsWith("id: ", StringComparison.Ordinal)
            && lines[2].StartsWith("fetched: ", StringComparison.Ordinal)
            && long.TryParse(lines[2].AsSpan(9), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && StsPolicy.Parse(text[(end + 2)..], out _) is { } policy
                ? new StsCacheEntry(lines[1][4..], DateTimeOffset.FromUnixTimeSeconds(seconds), policy)
                : null;
    }
}
