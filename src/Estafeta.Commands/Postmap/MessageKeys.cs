namespace Estafeta.Commands.Postmap;

/// <summary>
/// <c>-h</c> and <c>-b</c>: a message on standard input becomes keys, one a logical header line, one a body line. The empty line that ends the headers
/// is a body line; a message that goes on without one gets one.
/// </summary>
internal sealed class MessageKeys(TableCommandOptions options)
{
    public IEnumerable<string> Read(Stream message)
    {
        string? header = null;
        var inHeaders = true;
        foreach (var line in InputLines.Read(message))
        {
            if (inHeaders && header != null && line.Length > 0 && line[0] is ' ' or '\t')
            {
                header += "\n" + line;
                continue;
            }

            if (header != null && options.ReadsHeaders)
            {
                yield return header;
            }

            header = null;
            if (inHeaders && TryReadHeader(line, out var normal))
            {
                header = normal;
                continue;
            }

            if (inHeaders && line.Length > 0 && options.ReadsBody)
            {
                yield return "";
            }

            inHeaders = false;
            if (options.ReadsBody)
            {
                yield return line;
            }
        }

        if (header != null && options.ReadsHeaders)
        {
            yield return header;
        }
    }

    // White space between name and colon goes.
    private static bool TryReadHeader(string line, out string normal)
    {
        var colon = line.IndexOf(':');
        var name = line.AsSpan(0, Math.Max(colon, 0)).TrimEnd(" \t");
        var isHeader = name.Length > 0 && name.IndexOfAnyExceptInRange('!', '~') < 0;
        normal = isHeader ? $"{name}{line.AsSpan(colon)}" : "";
        return isHeader;
    }
}
