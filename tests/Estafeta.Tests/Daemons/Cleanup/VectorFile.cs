using System.Text;
using Estafeta.Configuration;

namespace Estafeta.Tests.Daemons.Cleanup;

/// <summary>A file of cases recorded from Postfix: lines of columns, with the configurations they were recorded under.</summary>
internal sealed class VectorFile(string name)
{
    private readonly string[] _lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, name), name.EndsWith("headers.tsv", StringComparison.Ordinal) ? Encoding.Latin1 : Encoding.UTF8);

    public IEnumerable<string[]> Rows(string kind) =>
        _lines.Where(l => l.StartsWith(kind + "\t", StringComparison.Ordinal)).Select(l => l.Split('\t'));

    /// <summary>The rows that follow the line of this configuration.</summary>
    public IEnumerable<string[]> RowsUnder(string configuration) =>
        _lines.SkipWhile(l => !IsConfiguration(l, configuration)).Skip(1).TakeWhile(l => l[0] != 'C').Select(l => l.Split('\t'));

    public IEnumerable<string> Configurations => Rows("C").Select(r => r[1]).Where(n => n != "common");

    public ParameterSet Parameters(string configuration) =>
        ParameterSet.Parse("append_dot_mydomain=no\nsmtputf8_enable=yes").With(Values("common")).With(Values(configuration));

    public static byte[] Unescape(string text)
    {
        var result = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            result.Add(text[i] != '\\' ? (byte)text[i] : text[++i] switch
            {
                'n' => (byte)'\n',
                't' => (byte)'\t',
                'r' => (byte)'\r',
                '0' => (byte)0,
                var other => (byte)other,
            });
        }

        return [.. result];
    }

    private static bool IsConfiguration(string line, string name) =>
        line == "C\t" + name || line.StartsWith($"C\t{name}\t", StringComparison.Ordinal);

    private IEnumerable<KeyValuePair<string, string>> Values(string name) =>
        _lines.Single(l => IsConfiguration(l, name)).Split('\t').Skip(2).Select(v => v.Split('=', 2)).Select(v => KeyValuePair.Create(v[0], v[1]));
}
