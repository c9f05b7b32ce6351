using System.Text;
using Estafeta.Configuration.Lists;
using Estafeta.Tables.Files;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Patterns;

/// <summary>Where the rules of a pattern table come from: a file, or <c>type:{ { rule }, { rule } }</c> in the configuration, one line a rule.</summary>
internal static class RuleText
{
    public static ReloadingSource<T> Open<T>(TableRequest request, Func<byte[], T> parse)
        where T : class =>
        request.Source.StartsWith('{')
            ? new ReloadingSource<T>(parse(FromConfiguration(request)))
            : new ReloadingSource<T>(request.Source, request, parse);

    private static byte[] FromConfiguration(TableRequest request)
    {
        if (!BracedList.TryUnwrap(request.Source, out var inner, out var error))
        {
            throw new TableUnavailableException($"{request.Type} map: {error} in \"{request.Source}\"");
        }

        var lines = new StringBuilder();
        foreach (var item in WordList.Split(inner))
        {
            if (!BracedList.TryUnwrap(item, out var rule, out error))
            {
                throw new TableUnavailableException($"{request.Type} map: {error} in \"{item}\"");
            }

            lines.Append(rule).Append('\n');
        }

        return RawText.Encode(lines.ToString());
    }
}
