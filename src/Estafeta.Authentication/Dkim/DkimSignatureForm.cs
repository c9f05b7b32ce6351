using System.Text;

namespace Estafeta.Authentication.Dkim;

/// <summary>What signatures cover and look like.</summary>
public sealed record DkimSignatureForm
{
    public string HeaderName { get; init; } = DkimSignature.Name;

    /// <summary>v=1; in ARC i= with the number of the set.</summary>
    public string FirstTag { get; init; } = "v=1";

    public bool IsHeaderRelaxed { get; init; } = true;

    public bool IsBodyRelaxed { get; init; } = true;

    /// <summary>Names of headers that are signed where they are there, each as often as it is.</summary>
    public required IReadOnlyList<string> Signed { get; init; }

    /// <summary>Names that are signed once more than they are there: a header of the name that is added later breaks the signature.</summary>
    public IReadOnlyList<string> Oversigned { get; init; } = [];

    /// <summary>i=; empty for none.</summary>
    public string Identity { get; init; } = "";

    /// <summary>How long the signature holds (x=); null for ever.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>h= for a message.</summary>
    internal IReadOnlyList<string> Select(MessageHeaders headers)
    {
        var names = new List<string>();
        var hasFrom = false;
        foreach (var name in Signed)
        {
            hasFrom |= name.Equals("from", StringComparison.OrdinalIgnoreCase);
            Add(name, headers.Find(name));
        }

        if (!hasFrom)
        {
            Add("From", headers.Find("From")); // RFC 6376 §5.4
        }

        names.AddRange(Oversigned);
        return names;

        void Add(string name, IReadOnlyList<int> places)
        {
            foreach (var place in places)
            {
                names.Add(Encoding.Latin1.GetString(headers.Fields[place].Name));
            }

            if (places.Count == 0 && name.Equals("from", StringComparison.OrdinalIgnoreCase) && !Oversigned.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                names.Add(name);
            }
        }
    }
}
