using Estafeta.Configuration.Lists;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Combined;

/// <summary>The <c>{ type:name, … }</c> of unionmap and pipemap. The inner tables belong to the set and are closed by it.</summary>
internal static class InnerTables
{
    public static ILookupTable[] Open(TableRequest request)
    {
        var tables = new List<ILookupTable>();
        if (BracedList.TryUnwrap(request.Source, out var inner, out _))
        {
            foreach (var item in WordList.Split(inner))
            {
                if (!item.Contains(':'))
                {
                    throw Syntax(request);
                }

                tables.Add(request.Tables.Open(item, request.Flags));
            }
        }

        return tables.Count > 0 ? [.. tables] : throw Syntax(request);
    }

    private static TableUnavailableException Syntax(TableRequest request) =>
        new($"bad syntax: \"{request.Name}\"; need \"{request.Type}:{{type:name...}}\"");
}
