using Estafeta.Tables.Patterns;

namespace Estafeta.Tables.Pcre;

/// <summary><c>pcre:/file</c>: Perl-compatible regular expressions by libpcre2-8, compiled to machine code where it can. pcre_table(5).</summary>
internal sealed class PcreTable : PatternTable
{
    private PcreTable(TableRequest request)
        : base(request, new PcreSyntax(request))
    {
    }

    public static ILookupTable Open(TableRequest request) => new PcreTable(request);
}
