using System.Globalization;
using System.Text;

namespace Estafeta.Commands.Qshape;

/// <summary>How many addresses of each domain wait for how long, in buckets of growing age; printed as qshape(1) prints it.</summary>
internal sealed class AgeTable
{
    private const int MinimumWidth = 80;
    private const int MinimumNameWidth = 18;
    private const int MinimumColumn = 2;

    private readonly QshapeOptions _options;
    private readonly int[] _limits;
    private readonly Dictionary<string, long[]> _rows = new(StringComparer.Ordinal);
    private readonly long[] _total;

    public AgeTable(QshapeOptions options)
    {
        _options = options;
        _limits = new int[options.BucketCount - 1];
        for (var i = 0; i < _limits.Length; i++)
        {
            _limits[i] = options.BucketMinutes * (options.IsLinear ? i + 1 : 1 << Math.Min(i, 24));
        }

        _total = new long[options.BucketCount + 1];
    }

    public void Add(string domain, TimeSpan age)
    {
        var bucket = 0;
        while (bucket < _limits.Length && age.TotalMinutes >= _limits[bucket])
        {
            bucket++;
        }

        Count(_total, bucket);
        Count(Row(domain), bucket);
        for (var dot = domain.IndexOf('.', StringComparison.Ordinal); _options.HasParents && dot > 0; dot = domain.IndexOf('.', dot + 1))
        {
            // Not the top-level domain.
            if (domain.IndexOf('.', dot + 1) > 0)
            {
                Count(Row(domain[dot..]), bucket);
            }
        }
    }

    public void Write(TextWriter output)
    {
        var headers = Headers();
        var rows = _rows.Where(r => IsShown(r.Key))
            .OrderByDescending(r => r.Value[0]).ThenBy(r => r.Key.Length).ThenBy(r => r.Key, StringComparer.Ordinal).ToList();
        var widths = new int[headers.Length];
        for (var i = 0; i < widths.Length; i++)
        {
            widths[i] = Math.Max(MinimumColumn, Math.Max(headers[i].Length, Text(_total[i]).Length));
        }

        var nameWidth = Math.Max(MinimumNameWidth, Math.Max(_options.Width, MinimumWidth) - widths.Sum() - widths.Length);
        WriteRow("", headers);
        WriteRow("TOTAL", [.. _total.Select(Text)]);
        foreach (var (name, counts) in rows)
        {
            WriteRow(name, [.. counts.Select(Text)]);
        }

        void WriteRow(string name, string[] cells)
        {
            var line = new StringBuilder(name.PadLeft(nameWidth));
            for (var i = 0; i < cells.Length; i++)
            {
                line.Append(' ').Append(cells[i].PadLeft(widths[i]));
            }

            output.WriteLine(line);
        }
    }

    private static void Count(long[] row, int bucket)
    {
        row[0]++;
        row[bucket + 1]++;
    }

    private static string Text(long count) => count.ToString(CultureInfo.InvariantCulture);

    private long[] Row(string domain)
    {
        if (!_rows.TryGetValue(domain, out var row))
        {
            row = new long[_options.BucketCount + 1];
            _rows.Add(domain, row);
        }

        return row;
    }

    private bool IsShown(string name) =>
        name[0] != '.' || _rows.Keys.Count(k => k[0] != '.' && k.EndsWith(name, StringComparison.Ordinal)) >= _options.MinimumSubdomains;

    private string[] Headers()
    {
        var headers = new List<string> { "T" };
        headers.AddRange(_limits.Select(l => Text(l)));
        headers.Add(_limits.Length == 0 ? "0+" : Text(_limits[^1]) + "+");
        return [.. headers];
    }
}
