namespace Estafeta.Authentication.Dkim.Signing;

/// <summary>Files of opendkim: <c>name value</c> lines, comments behind <c>#</c>.</summary>
public static class KeyFile
{
    public static IEnumerable<(string Name, string Value)> ReadPairs(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            var text = (line.IndexOf('#', StringComparison.Ordinal) is >= 0 and var comment ? line[..comment] : line).Trim();
            var end = text.AsSpan().IndexOfAny(" \t");
            if (end > 0)
            {
                yield return (text[..end], text[end..].Trim());
            }
        }
    }
}
