using Estafeta.Configuration.Lists;

namespace Estafeta.Services.TableProxy;

/// <summary>The tables that proxy_read_maps or proxy_write_maps names, directly or through the parameters it refers to: every <c>proxy:type:name</c> in it.</summary>
public sealed class ApprovedTables
{
    private const string Prefix = "proxy:";

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <param name="parameterName">For warnings.</param>
    /// <param name="value">Expanded.</param>
    public ApprovedTables(string parameterName, string value)
    {
        ParameterName = parameterName;
        Add(value);
    }

    public string ParameterName { get; }

    public bool Contains(string table) => _names.Contains(table);

    private void Add(ReadOnlySpan<char> list)
    {
        foreach (var word in WordList.Split(list))
        {
            if (word.StartsWith(Prefix, StringComparison.Ordinal))
            {
                var name = word[Prefix.Length..];
                while (name.StartsWith(Prefix, StringComparison.Ordinal))
                {
                    name = name[Prefix.Length..];
                }

                _names.Add(name);
            }

            // Tables inside pipemap:{…}, unionmap:{…} and { check_x_access { … } }.
            if (word.IndexOf('{') is >= 0 and var open && word.EndsWith('}'))
            {
                Add(word.AsSpan(open + 1, word.Length - open - 2));
            }
        }
    }
}
