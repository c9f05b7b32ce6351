namespace Estafeta.Tables;

/// <summary>The tables of one parameter (<c>virtual_alias_maps = a:x, b:y</c>), asked in order; the first answer that is not "not found" wins.</summary>
public sealed class MapList(string parameterName, IReadOnlyList<ILookupTable> tables)
{
    public static readonly MapList Empty = new("", []);

    public string ParameterName => parameterName;

    public IReadOnlyList<ILookupTable> Tables => tables;

    public bool IsEmpty => tables.Count == 0;

    public async ValueTask<LookupResult> LookupAsync(string key, CancellationToken cancellationToken)
    {
        foreach (var table in tables)
        {
            var result = await table.LookupAsync(key, cancellationToken);
            if (result.Outcome != LookupOutcome.NotFound)
            {
                return result;
            }
        }

        return LookupResult.NotFound;
    }
}
