using System.Globalization;
using Estafeta.Authentication.Dkim;
using Estafeta.Mail.Headers;

namespace Estafeta.Authentication.Arc;

/// <summary>The three headers that one mail system added (RFC 8617 §4.1), and the chain of them.</summary>
internal sealed record ArcSet(HeaderField Results, HeaderField MessageSignature, HeaderField Seal)
{
    public const string ResultsName = "ARC-Authentication-Results";
    public const string MessageSignatureName = "ARC-Message-Signature";
    public const string SealName = "ARC-Seal";

    /// <summary>§5.2: a longer chain is no chain.</summary>
    public const int Most = 50;

    /// <summary>The sets in order, i=1 first; empty when there are none.</summary>
    /// <returns>Null for what is no chain: <paramref name="problem"/> says why.</returns>
    public static IReadOnlyList<ArcSet>? Read(MessageHeaders headers, out string problem)
    {
        problem = "";
        var results = Collect(headers, ResultsName);
        var signatures = Collect(headers, MessageSignatureName);
        var seals = Collect(headers, SealName);
        if (results == null || signatures == null || seals == null)
        {
            problem = "an ARC header without a valid number, or the same twice";
            return null;
        }

        var count = Math.Max(results.Count, Math.Max(signatures.Count, seals.Count));
        if (count > Most)
        {
            problem = $"more than {Most} ARC sets";
            return null;
        }

        var sets = new List<ArcSet>(count);
        for (var i = 1; i <= count; i++)
        {
            if (!results.TryGetValue(i, out var result) || !signatures.TryGetValue(i, out var signature) || !seals.TryGetValue(i, out var seal))
            {
                problem = string.Create(CultureInfo.InvariantCulture, $"ARC set {i} is not complete");
                return null;
            }

            sets.Add(new ArcSet(result, signature, seal));
        }

        return sets;
    }

    private static Dictionary<int, HeaderField>? Collect(MessageHeaders headers, string name)
    {
        var found = new Dictionary<int, HeaderField>();
        foreach (var place in headers.Find(name))
        {
            // Only the first tag of results is one.
            var text = MessageHeaders.Text(headers.Fields[place]);
            var instance = name == ResultsName ? DkimTagList.Parse(text.Split(';')[0])?.Compact("i") : DkimTagList.Parse(text)?.Compact("i");
            if (!int.TryParse(instance, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 1024 || !found.TryAdd(number, headers.Fields[place]))
            {
                return null;
            }
        }

        return found;
    }
}
