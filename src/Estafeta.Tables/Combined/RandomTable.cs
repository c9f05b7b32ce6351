using Estafeta.Configuration.Lists;
using Estafeta.Tables.Files;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Combined;

/// <summary><c>randmap:{ a, b, c }</c>: one of the values, each as likely as the others, for any key.</summary>
internal sealed class RandomTable : LookupTable
{
    private readonly LookupResult[] _answers;

    private RandomTable(TableRequest request, LookupResult[] answers)
        : base(request) => _answers = answers;

    public override bool HasFixedKeys => false;

    public static ILookupTable Open(TableRequest request)
    {
        if (!BracedList.TryUnwrap(request.Source, out var inner, out _) || WordList.Split(inner) is not { Count: > 0 } values)
        {
            throw new TableUnavailableException($"bad syntax: \"{request.Name}\"; need \"randmap:{{value...}}\"");
        }

        return new RandomTable(request, [.. values.Select(value =>
            LookupResult.Found(request.Has(TableFlags.ValueIsFile) ? FileContent.Encode(value) : value))]);
    }

    protected override ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) =>
        new(_answers[Random.Shared.Next(_answers.Length)]);
}
