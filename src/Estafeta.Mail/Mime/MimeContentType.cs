using System.Text;

namespace Estafeta.Mail.Mime;

/// <summary>The two things of a Content-Type field that decide how content is cut into parts (RFC 2045 §5.1).</summary>
internal static class MimeContentType
{
    /// <returns><c>type/subtype</c> in lower case, and for multipart the boundary.</returns>
    public static (string Type, byte[]? Boundary) Read(string value, int boundaryLengthLimit)
    {
        var at = 0;
        var type = Word(value, ref at, '/');
        var subtype = at < value.Length && value[at] == '/' ? Word(value, ref at, ';', skip: 1) : "";
        var name = $"{type}/{subtype}".ToLowerInvariant();
        if (!name.StartsWith("multipart/", StringComparison.Ordinal))
        {
            return (name, null);
        }

        while ((at = value.IndexOf(';', at)) >= 0)
        {
            var parameter = Word(value, ref at, '=', skip: 1);
            if (at >= value.Length || value[at] != '=')
            {
                continue;
            }

            at++;
            var text = ParameterValue(value, ref at);
            if (parameter.Equals("boundary", StringComparison.OrdinalIgnoreCase) && text.Length > 0)
            {
                return (name, Encoding.Latin1.GetBytes(text.Length > boundaryLengthLimit ? text[..boundaryLengthLimit] : text));
            }
        }

        return (name, null);
    }

    private static string Word(string value, ref int at, char end, int skip = 0)
    {
        at += skip;
        var start = at;
        while (at < value.Length && value[at] != end && value[at] is not (';' or '='))
        {
            at++;
        }

        return value[start..at].Trim();
    }

    private static string ParameterValue(string value, ref int at)
    {
        while (at < value.Length && value[at] is ' ' or '\t' or '\n')
        {
            at++;
        }

        if (at >= value.Length || value[at] != '"')
        {
            var start = at;
            while (at < value.Length && value[at] is not (';' or ' ' or '\t' or '\n' or '('))
            {
                at++;
            }

            return value[start..at];
        }

        var text = new StringBuilder();
        for (at++; at < value.Length && value[at] != '"'; at++)
        {
            if (value[at] == '\\' && at + 1 < value.Length)
            {
                at++;
            }

            if (value[at] != '\n')
            {
                text.Append(value[at]);
            }
        }

        return text.ToString();
    }
}
