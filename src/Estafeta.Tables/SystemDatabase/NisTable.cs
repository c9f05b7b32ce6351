namespace Estafeta.Tables.SystemDatabase;

/// <summary>
/// <c>nis:map</c>, which Postfix's own default of <c>alias_maps</c> names. Where the machine is in no NIS domain, which is everywhere now, it holds
/// nothing, as in Postfix; inside one it is trouble, because this program does not speak NIS.
/// </summary>
internal sealed class NisTable : LookupTable
{
    private const string DomainFile = "/proc/sys/kernel/domainname";

    private readonly string _domain;

    private NisTable(TableRequest request)
        : base(request)
    {
        _domain = File.Exists(DomainFile) ? File.ReadAllText(DomainFile).Trim() : "";
        if (IsUnset)
        {
            request.Tables.Warn("dict_nis_init: NIS domain name not set - NIS lookups disabled");
        }
    }

    private bool IsUnset => _domain is "" or "(none)";

    public static ILookupTable Open(TableRequest request) => new NisTable(request);

    protected override ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) =>
        new(IsUnset ? LookupResult.NotFound : Trouble("NIS is not supported"));
}
