using Estafeta.Tables.Files;
using Estafeta.Tables.Patterns;

namespace Estafeta.Tables.Cidr;

/// <summary><c>cidr:/file</c>: IP networks; the first rule of the file that holds the address wins. A key that is no address is not found. cidr_table(5).</summary>
internal sealed class CidrTable : LookupTable
{
    private readonly ReloadingSource<CidrProgram> _rules;

    private CidrTable(TableRequest request)
        : base(request) =>
        _rules = RuleText.Open(request, text => new CidrProgram(new CidrRuleReader(request).Read(text)));

    public override bool HasFixedKeys => false;

    public static ILookupTable Open(TableRequest request) => new CidrTable(request);

    protected override ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) =>
        new(NetworkAddress.TryParse(key, out var address) && _rules.Current.Find(address) is { } result
            ? LookupResult.Found(result)
            : LookupResult.NotFound);
}
