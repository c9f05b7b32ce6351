using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Daemons.Smtpd.Access;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtpd;

/// <summary>A list of words, <c>type:tables</c> of words and <c>!exceptions</c>, without regard to case: smtpd_forbidden_commands, smtpd_noop_commands.</summary>
internal sealed class WordList
{
    private readonly List<(bool Negated, string? Word, MapList? Table)> _patterns = [];

    public static WordList Open(StringParameter parameter, ParameterSet parameters, TableSet tables)
    {
        var list = new WordList();
        var words = new RestrictionWords(parameters.Get(parameter));
        while (words.TryRead(out var word))
        {
            var negated = word.StartsWith('!');
            var text = word.TrimStart('!');
            list._patterns.Add(text.Contains(':', StringComparison.Ordinal)
                ? (negated, null, tables.OpenList(parameter.Name, text))
                : (negated, text, null));
        }

        return list;
    }

    /// <summary>Trouble with a table counts as "not in the list".</summary>
    public async ValueTask<bool> ContainsAsync(string word, CancellationToken cancellationToken)
    {
        foreach (var (negated, text, table) in _patterns)
        {
            if (table == null ? word.Equals(text, StringComparison.OrdinalIgnoreCase) : (await table.LookupAsync(word, cancellationToken)).IsFound)
            {
                return !negated;
            }
        }

        return false;
    }
}
