using Estafeta.Tables.Patterns;

namespace Estafeta.Tables.Regexp;

/// <summary><c>regexp:/file</c>: POSIX regular expressions by libc. regexp_table(5).</summary>
internal sealed class RegexpTable : PatternTable
{
    private RegexpTable(TableRequest request)
        : base(request, new RegexpSyntax())
    {
    }

    public static ILookupTable Open(TableRequest request) => new RegexpTable(request);
}
