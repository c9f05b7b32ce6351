using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Net.Tls;

/// <summary>
/// Cipher grades (smtp_tls_ciphers, smtpd_tls_mandatory_ciphers…) as OpenSSL cipher lists: tls_high_cipherlist and its kin, minus what is
/// excluded.
/// </summary>
public sealed record TlsCipherGrades
{
    public required string High { get; init; }

    public required string Medium { get; init; }

    public required string Low { get; init; }

    public required string Export { get; init; }

    public required string Null { get; init; }

    public static TlsCipherGrades Load(ParameterSet parameters) => new()
    {
        High = parameters.Get(Parameters.TlsHighCipherlist),
        Medium = parameters.Get(Parameters.TlsMediumCipherlist),
        Low = parameters.Get(Parameters.TlsLowCipherlist),
        Export = parameters.Get(Parameters.TlsExportCipherlist),
        Null = parameters.Get(Parameters.TlsNullCipherlist),
    };

    public static bool IsGrade(string grade) => grade.ToLowerInvariant() is "high" or "medium" or "low" or "export" or "null";

    /// <param name="grade">One for which <see cref="IsGrade"/> holds.</param>
    /// <param name="exclusions">Names of ciphers or kinds (<c>aNULL, RC4</c>), separated by blanks, commas or colons.</param>
    public string CipherList(string grade, params ReadOnlySpan<string> exclusions)
    {
        // The weak grades have no list of their own any more: they are "medium".
        var list = grade.ToLowerInvariant() switch
        {
            "high" => High,
            "null" => Null,
            "low" when Low.Length > 0 => Low,
            "export" when Export.Length > 0 => Export,
            _ => Medium,
        };
        foreach (var exclusion in exclusions)
        {
            foreach (var word in exclusion.Split((char[])[' ', ',', ':', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries))
            {
                list += ":!" + word;
            }
        }

        return list;
    }
}
